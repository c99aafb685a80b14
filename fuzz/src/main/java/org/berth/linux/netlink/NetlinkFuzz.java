package org.berth.linux.netlink;

import java.util.List;
import org.berth.base.BerthException;

/** Input: a datagram. */
public final class NetlinkFuzz {
    /** Type of an attribute that has attributes inside, in links and in rules. */
    private static final int NESTED = LinkMessages.IFLA_LINKINFO;

    private NetlinkFuzz() {}

    /** What is cut short or lies about its length is refused; nothing is read past its end. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            List<Message> messages = Message.parse(input);
            messages.forEach(NetlinkFuzz::read);
        } catch (BerthException e) {
            // refused
        }
    }

    private static void read(Message message) {
        switch (message.type() & 3) {
            case 0 -> Link.parse(message);
            case 1 -> Route.parse(message);
            default -> {
                Attributes attributes = message.attributes(LinkMessages.HEADER_BYTES);
                var _ = attributes.text(LinkMessages.IFLA_IFNAME);
                var _ = attributes.number(LinkMessages.IFLA_MTU);
                var _ = attributes.nested(NESTED).flatMap(inside -> inside.text(LinkMessages.IFLA_INFO_KIND));
            }
        }
    }
}
