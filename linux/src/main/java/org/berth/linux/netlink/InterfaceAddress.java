package org.berth.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * One IPv4 address of a link.
 *
 * @param linkIndex the link's number
 * @param prefix the subnet's length in bits
 */
public record InterfaceAddress(int linkIndex, Inet4Address address, int prefix) {
    static Optional<InterfaceAddress> parse(Message message) {
        Attributes attributes = message.attributes(AddressMessages.ADDRESS_HEADER_BYTES);
        return attributes
                .bytes(AddressMessages.IFA_LOCAL)
                .or(() -> attributes.bytes(AddressMessages.IFA_ADDRESS))
                .flatMap(InterfaceAddress::address)
                .map(address -> new InterfaceAddress(
                        message.body().getInt(4),
                        address,
                        Byte.toUnsignedInt(message.body().get(1))));
    }

    /** The address of four bytes; empty for any other number. */
    static Optional<Inet4Address> address(byte[] bytes) {
        try {
            return bytes.length == 4 ? Optional.of((Inet4Address) InetAddress.getByAddress(bytes)) : Optional.empty();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
