package org.berth.linux.netlink;

/** Requests about links (linux/if_link.h, linux/rtnetlink.h); pure. */
final class LinkMessages {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_SETLINK = 19;

    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_ACK = 4;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFF_UP = 1;

    /** The size of struct ifinfomsg. */
    static final int HEADER_BYTES = 16;

    private static final int AF_UNSPEC = 0;
    private static final int AF_BRIDGE = 7;
    private static final int IFLA_PROTINFO = 12;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_NUM_TX_QUEUES = 31;
    private static final int IFLA_NUM_RX_QUEUES = 32;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_BR_FORWARD_DELAY = 1;
    private static final int IFLA_BR_STP_STATE = 5;
    private static final int IFLA_BR_MCAST_SNOOPING = 23;
    private static final int IFLA_BRPORT_MODE = 4;
    private static final int VETH_INFO_PEER = 1;

    /** The longest interface name in bytes (IFNAMSIZ without its ending zero). */
    private static final int NAME_BYTES_MAX = 15;

    private LinkMessages() {}

    static MessageWriter list() {
        return header(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, AF_UNSPEC, 0, 0, 0);
    }

    static MessageWriter find(String name) {
        return header(RTM_GETLINK, NLM_F_REQUEST, AF_UNSPEC, 0, 0, 0).attribute(IFLA_IFNAME, checked(name));
    }

    /** A bridge that is up, forwards at once and runs no spanning tree. */
    static MessageWriter createBridge(String name, MacAddress address, int mtu) {
        return create().attribute(IFLA_IFNAME, checked(name))
                .attribute(IFLA_ADDRESS, address.bytes())
                .attribute(IFLA_MTU, mtu)
                .nested(
                        IFLA_LINKINFO,
                        information -> information
                                .attribute(IFLA_INFO_KIND, "bridge")
                                .nested(
                                        IFLA_INFO_DATA,
                                        data -> data.attribute(IFLA_BR_FORWARD_DELAY, 0)
                                                .attribute(IFLA_BR_STP_STATE, 0)
                                                .attribute(IFLA_BR_MCAST_SNOOPING, new byte[] {0})));
    }

    /**
     * A pair of Ethernet interfaces, one queue each: one here, up and in a bridge (0: in none), its peer in the namespace
     * of a descriptor, down (a pair is not connected yet when a peer's flags are read: up gives ENOTCONN).
     */
    static MessageWriter createVeth(
            String name, int bridge, String peerName, MacAddress peerAddress, int mtu, int namespaceDescriptor) {
        MessageWriter message = create().attribute(IFLA_IFNAME, checked(name))
                .attribute(IFLA_MTU, mtu)
                .attribute(IFLA_NUM_TX_QUEUES, 1)
                .attribute(IFLA_NUM_RX_QUEUES, 1);
        if (bridge != 0) {
            message.attribute(IFLA_MASTER, bridge);
        }
        return message.nested(
                IFLA_LINKINFO,
                information -> information
                        .attribute(IFLA_INFO_KIND, "veth")
                        .nested(
                                IFLA_INFO_DATA,
                                data -> data.nested(
                                        VETH_INFO_PEER,
                                        peer -> struct(peer, AF_UNSPEC, 0, 0, 0)
                                                .attribute(IFLA_IFNAME, checked(peerName))
                                                .attribute(IFLA_ADDRESS, peerAddress.bytes())
                                                .attribute(IFLA_MTU, mtu)
                                                .attribute(IFLA_NUM_TX_QUEUES, 1)
                                                .attribute(IFLA_NUM_RX_QUEUES, 1)
                                                .attribute(IFLA_NET_NS_FD, namespaceDescriptor))));
    }

    static MessageWriter switchOn(int index, boolean up) {
        return header(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, AF_UNSPEC, index, up ? IFF_UP : 0, IFF_UP);
    }

    static MessageWriter setMtu(int index, int mtu) {
        return change(index).attribute(IFLA_MTU, mtu);
    }

    static MessageWriter rename(int index, String name) {
        return change(index).attribute(IFLA_IFNAME, checked(name));
    }

    /** Moves a link to the namespace of a descriptor, and names it. */
    static MessageWriter move(int index, String name, int namespaceDescriptor) {
        return change(index).attribute(IFLA_IFNAME, checked(name)).attribute(IFLA_NET_NS_FD, namespaceDescriptor);
    }

    static MessageWriter setAddress(int index, MacAddress address) {
        return change(index).attribute(IFLA_ADDRESS, address.bytes());
    }

    /** Puts a link in a bridge; 0 takes it out. */
    static MessageWriter setMaster(int index, int bridge) {
        return change(index).attribute(IFLA_MASTER, bridge);
    }

    /** Lets a bridge send a packet back through the port it came from: to a service that calls itself. */
    static MessageWriter setHairpin(int index) {
        return header(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, AF_BRIDGE, index, 0, 0)
                .nested(IFLA_PROTINFO, port -> port.attribute(IFLA_BRPORT_MODE, new byte[] {1}));
    }

    static MessageWriter delete(int index) {
        return header(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, AF_UNSPEC, index, 0, 0);
    }

    private static MessageWriter create() {
        int flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
        return header(RTM_NEWLINK, flags, AF_UNSPEC, 0, IFF_UP, IFF_UP);
    }

    private static MessageWriter change(int index) {
        return header(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, AF_UNSPEC, index, 0, 0);
    }

    private static MessageWriter header(int type, int flags, int family, int index, int linkFlags, int linkChange) {
        return struct(new MessageWriter(type, flags), family, index, linkFlags, linkChange);
    }

    private static MessageWriter struct(MessageWriter message, int family, int index, int linkFlags, int linkChange) {
        return message.u8(family).u8(0).u16(0).u32(index).u32(linkFlags).u32(linkChange);
    }

    private static String checked(String name) {
        if (name.isEmpty() || name.length() > NAME_BYTES_MAX || !name.matches("[A-Za-z0-9][A-Za-z0-9_.-]*")) {
            throw new IllegalArgumentException(
                    "an interface's name has 1 to " + NAME_BYTES_MAX + " letters, digits, '_', '.', '-': " + name);
        }
        return name;
    }
}
