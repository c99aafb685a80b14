package org.berth.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * One received netlink message.
 *
 * @param body what follows the header of 16 bytes, in the machine's order
 */
record Message(int type, int flags, int sequence, ByteBuffer body) {
    /** Cuts a datagram into its messages; a length that does not fit is an error. */
    static List<Message> parse(byte[] datagram) {
        ByteBuffer rest = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        List<Message> messages = new ArrayList<>();
        while (rest.remaining() >= MessageWriter.HEADER_BYTES) {
            int start = rest.position();
            int length = rest.getInt();
            if (length < MessageWriter.HEADER_BYTES || length > rest.limit() - start) {
                throw new BerthException(
                        ErrorCode.KERNEL,
                        "netlink message says " + length + " bytes where " + (rest.limit() - start) + " are");
            }
            int type = Short.toUnsignedInt(rest.getShort());
            int flags = Short.toUnsignedInt(rest.getShort());
            int sequence = rest.getInt();
            ByteBuffer body = rest.slice(start + MessageWriter.HEADER_BYTES, length - MessageWriter.HEADER_BYTES)
                    .order(ByteOrder.nativeOrder());
            messages.add(new Message(type, flags, sequence, body));
            rest.position((int) Math.min(rest.limit(), start + (length + 3L & ~3L)));
        }
        return messages;
    }

    /** The attributes after a family's header of {@code headerBytes}. */
    Attributes attributes(int headerBytes) {
        if (body.remaining() < headerBytes) {
            throw new BerthException(
                    ErrorCode.KERNEL,
                    "netlink message " + type + " has " + body.remaining() + " bytes, at least " + headerBytes
                            + " were expected");
        }
        return Attributes.parse(body.slice(headerBytes, body.remaining() - headerBytes));
    }
}
