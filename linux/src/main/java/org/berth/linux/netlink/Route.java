package org.berth.linux.netlink;

import java.net.Inet4Address;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * One IPv4 route, of any table.
 *
 * @param destination where it leads; 0.0.0.0 with prefix 0 is the default route
 * @param prefix the destination's length in bits
 * @param table 254 is main, 255 local (rtnetlink(7))
 * @param linkIndex the link it goes out of
 */
public record Route(
        Inet4Address destination, int prefix, int table, Optional<Inet4Address> gateway, OptionalInt linkIndex) {
    static Route parse(Message message) {
        Attributes attributes = message.attributes(AddressMessages.ROUTE_HEADER_BYTES);
        return new Route(
                attributes
                        .bytes(AddressMessages.RTA_DST)
                        .or(() -> Optional.of(new byte[4]))
                        .flatMap(InterfaceAddress::address)
                        .orElseThrow(() -> new BerthException(
                                ErrorCode.KERNEL, "netlink route leads to no IPv4 address, though one was asked for")),
                Byte.toUnsignedInt(message.body().get(1)),
                attributes
                        .number(AddressMessages.RTA_TABLE)
                        .orElse(Byte.toUnsignedInt(message.body().get(4))),
                attributes.bytes(AddressMessages.RTA_GATEWAY).flatMap(InterfaceAddress::address),
                attributes.number(AddressMessages.RTA_OIF));
    }

    /** Whether it leads anywhere. */
    public boolean isDefault() {
        return prefix == 0;
    }
}
