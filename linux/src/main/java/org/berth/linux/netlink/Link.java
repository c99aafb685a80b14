package org.berth.linux.netlink;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One network interface as the kernel describes it.
 *
 * @param index its number in its namespace, from 1
 * @param kind "bridge", "veth"; empty for hardware and loopback
 * @param up whether it is switched on
 * @param mtu bytes of the largest packet
 * @param master the number of the bridge it is in
 */
public record Link(
        int index, String name, String kind, boolean up, int mtu, OptionalInt master, Optional<MacAddress> address) {
    static Link parse(Message message) {
        ByteBuffer header = message.body();
        Attributes attributes = message.attributes(LinkMessages.HEADER_BYTES);
        return new Link(
                header.getInt(4),
                attributes.text(LinkMessages.IFLA_IFNAME).orElse(""),
                attributes
                        .nested(LinkMessages.IFLA_LINKINFO)
                        .flatMap(information -> information.text(LinkMessages.IFLA_INFO_KIND))
                        .orElse(""),
                (header.getInt(8) & LinkMessages.IFF_UP) != 0,
                attributes.number(LinkMessages.IFLA_MTU).orElse(0),
                attributes.number(LinkMessages.IFLA_MASTER),
                attributes
                        .bytes(LinkMessages.IFLA_ADDRESS)
                        .filter(bytes -> bytes.length == 6)
                        .map(MacAddress::of));
    }
}
