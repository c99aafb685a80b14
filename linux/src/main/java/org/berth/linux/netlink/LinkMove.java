package org.berth.linux.netlink;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.SystemCallException;

/**
 * A network interface goes to another namespace and stays what it is: with the addresses that somebody gave
 * it, which the kernel takes from it on the way, and switched on. Those that it found itself, that end with
 * time, or that are good on one link only are left behind. Its new name comes with the move: it may be one
 * that the old namespace has already.
 */
public final class LinkMove {
    private static final int IFA_FLAGS = 8;
    private static final int IFA_F_PERMANENT = 0x80;

    private LinkMove() {}

    /** An address of either family, as the kernel told it. */
    private record Address(int family, int prefix, byte[] local) {}

    /**
     * Moves the interface out of the calling process's namespace. Where that fails, it is switched on again.
     *
     * @param newName what it is called from then on; may be the same
     * @throws SystemCallException when it is not there, or the kernel refuses
     */
    public static void move(String name, String newName, NetworkNamespace target) {
        try (NetlinkSocket here = NetlinkSocket.open(NetlinkSocket.ROUTE);
                NetlinkSocket there = target.call(() -> NetlinkSocket.open(NetlinkSocket.ROUTE))) {
            Link link = Link.parse(here.query("find link " + name, LinkMessages.find(name)));
            List<Address> addresses = addresses(here, link.index());
            execute(here, "switch off link " + name, LinkMessages.switchOn(link.index(), false));
            try {
                execute(
                        here,
                        "move link " + name,
                        LinkMessages.move(link.index(), newName, target.held().number()));
            } catch (SystemCallException e) {
                if (link.up()) {
                    execute(here, "switch on link " + name, LinkMessages.switchOn(link.index(), true));
                }
                throw e;
            }
            settle(there, newName, addresses);
        }
    }

    private static void settle(NetlinkSocket there, String name, List<Address> addresses) {
        Link link = Link.parse(there.query("find link " + name, LinkMessages.find(name)));
        for (Address address : addresses) {
            execute(
                    there,
                    "give link " + name + " its address",
                    AddressMessages.addAddress(link.index(), address.family(), address.prefix(), address.local()));
        }
        execute(there, "switch on link " + name, LinkMessages.switchOn(link.index(), true));
    }

    private static List<Address> addresses(NetlinkSocket here, int index) {
        List<Address> addresses = new ArrayList<>();
        for (Message message : here.dump("list addresses", AddressMessages.listAllAddresses())) {
            if (message.type() == AddressMessages.RTM_NEWADDR && message.body().getInt(4) == index) {
                address(message).ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    private static Optional<Address> address(Message message) {
        Attributes attributes = message.attributes(AddressMessages.ADDRESS_HEADER_BYTES);
        int flags = attributes
                .number(IFA_FLAGS)
                .orElse(Byte.toUnsignedInt(message.body().get(2)));
        boolean everywhere = message.body().get(3) == AddressMessages.RT_SCOPE_UNIVERSE;
        if ((flags & IFA_F_PERMANENT) == 0 || !everywhere) {
            return Optional.empty();
        }
        return attributes
                .bytes(AddressMessages.IFA_LOCAL)
                .or(() -> attributes.bytes(AddressMessages.IFA_ADDRESS))
                .map(local -> new Address(
                        Byte.toUnsignedInt(message.body().get(0)),
                        Byte.toUnsignedInt(message.body().get(1)),
                        local));
    }

    private static void execute(NetlinkSocket socket, String action, MessageWriter request) {
        socket.execute(action, List.of(request));
    }
}
