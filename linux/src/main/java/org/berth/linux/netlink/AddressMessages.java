package org.berth.linux.netlink;

import static org.berth.linux.netlink.LinkMessages.NLM_F_ACK;
import static org.berth.linux.netlink.LinkMessages.NLM_F_CREATE;
import static org.berth.linux.netlink.LinkMessages.NLM_F_DUMP;
import static org.berth.linux.netlink.LinkMessages.NLM_F_EXCL;
import static org.berth.linux.netlink.LinkMessages.NLM_F_REQUEST;

import java.net.Inet4Address;

/** Requests about addresses and routes of IPv4 (linux/if_addr.h, linux/rtnetlink.h); pure. */
final class AddressMessages {
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_GETROUTE = 26;

    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    private static final int IFA_BROADCAST = 4;

    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_TABLE = 15;

    /** The size of struct ifaddrmsg. */
    static final int ADDRESS_HEADER_BYTES = 8;

    /** The size of struct rtmsg. */
    static final int ROUTE_HEADER_BYTES = 12;

    static final int RT_SCOPE_UNIVERSE = 0;

    private static final int CREATE = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    private static final int AF_UNSPEC = 0;
    private static final int AF_INET = 2;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTPROT_BOOT = 3;
    private static final int RTN_UNICAST = 1;

    private AddressMessages() {}

    static MessageWriter listAddresses() {
        return address(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 0, 0);
    }

    /** Gives a link an address; the route to its subnet comes with it. */
    static MessageWriter addAddress(int index, Inet4Address address, int prefix) {
        return address(RTM_NEWADDR, CREATE, index, prefix)
                .attribute(IFA_LOCAL, address.getAddress())
                .attribute(IFA_ADDRESS, address.getAddress())
                .attribute(IFA_BROADCAST, broadcast(address, prefix));
    }

    /** The addresses of every family. */
    static MessageWriter listAllAddresses() {
        return address(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, AF_UNSPEC, 0, 0);
    }

    /** As the other, of any family; without a broadcast address. */
    static MessageWriter addAddress(int index, int family, int prefix, byte[] local) {
        return address(RTM_NEWADDR, CREATE, family, index, prefix)
                .attribute(IFA_LOCAL, local)
                .attribute(IFA_ADDRESS, local);
    }

    static MessageWriter removeAddress(int index, Inet4Address address, int prefix) {
        return address(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, index, prefix)
                .attribute(IFA_LOCAL, address.getAddress());
    }

    static MessageWriter listRoutes() {
        return route(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 0);
    }

    static MessageWriter addDefaultRoute(Inet4Address gateway) {
        return route(RTM_NEWROUTE, CREATE, 0).attribute(RTA_GATEWAY, gateway.getAddress());
    }

    static MessageWriter addRoute(Inet4Address destination, int prefix, Inet4Address gateway) {
        return route(RTM_NEWROUTE, CREATE, prefix)
                .attribute(RTA_DST, destination.getAddress())
                .attribute(RTA_GATEWAY, gateway.getAddress());
    }

    private static MessageWriter address(int type, int flags, int index, int prefix) {
        return address(type, flags, AF_INET, index, prefix);
    }

    private static MessageWriter address(int type, int flags, int family, int index, int prefix) {
        return new MessageWriter(type, flags)
                .u8(family)
                .u8(prefix)
                .u8(0)
                .u8(RT_SCOPE_UNIVERSE)
                .u32(index);
    }

    private static MessageWriter route(int type, int flags, int prefix) {
        return new MessageWriter(type, flags)
                .u8(AF_INET)
                .u8(prefix)
                .u8(0)
                .u8(0)
                .u8(RT_TABLE_MAIN)
                .u8(RTPROT_BOOT)
                .u8(RT_SCOPE_UNIVERSE)
                .u8(RTN_UNICAST)
                .u32(0);
    }

    private static byte[] broadcast(Inet4Address address, int prefix) {
        byte[] bytes = address.getAddress();
        for (int bit = prefix; bit < 32; bit++) {
            bytes[bit / 8] |= (byte) (0x80 >> (bit % 8));
        }
        return bytes;
    }
}
