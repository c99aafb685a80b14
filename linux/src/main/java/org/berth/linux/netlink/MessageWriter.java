package org.berth.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * One netlink message while it is written (netlink(7)): a header of 16 bytes, the family's own
 * header, then attributes. All numbers are in the machine's order, pieces are padded to 4 bytes.
 *
 * <p>The kernel keeps an attribute's length in 16 bits. A longer value would wrap round, and its
 * tail would be read as attributes of an attacker's choice (CVE-2021-43784), so it is refused.
 */
public final class MessageWriter {
    /** Bytes an attribute may have, its own header of 4 included. */
    static final int ATTRIBUTE_BYTES_MAX = 0xffff;

    /** Bytes a message may have; far more than any request of ours. */
    static final int MESSAGE_BYTES_MAX = 256 * 1024;

    static final int HEADER_BYTES = 16;
    private static final int ATTRIBUTE_HEADER_BYTES = 4;
    private static final int NESTED = 0x8000;
    private static final int FIRST_CAPACITY_BYTES = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_CAPACITY_BYTES).order(ByteOrder.nativeOrder());

    /**
     * Begins a message.
     *
     * @param type RTM_NEWLINK and so on (linux/rtnetlink.h)
     * @param flags NLM_F_REQUEST and so on (linux/netlink.h)
     */
    public MessageWriter(int type, int flags) {
        buffer.putInt(0);
        buffer.putShort((short) type);
        buffer.putShort((short) flags);
        buffer.putInt(0);
        buffer.putInt(0);
    }

    /** Appends one byte, without padding: for the family's header. */
    public MessageWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    /** Appends two bytes, without padding: for the family's header. */
    public MessageWriter u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    /** Appends four bytes: for the family's header. */
    public MessageWriter u32(int value) {
        room(4).putInt(value);
        return this;
    }

    /**
     * Appends an attribute.
     *
     * @throws BerthException INVALID when the value is longer than 65,531 bytes
     */
    public MessageWriter attribute(int type, byte[] value) {
        long length = (long) ATTRIBUTE_HEADER_BYTES + value.length;
        if (length > ATTRIBUTE_BYTES_MAX) {
            throw tooLong(type, length);
        }
        u16((int) length).u16(type);
        room(value.length).put(value);
        return pad();
    }

    /** Appends an attribute of four bytes in the machine's order. */
    public MessageWriter attribute(int type, int value) {
        return attribute(
                type,
                ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(value)
                        .array());
    }

    /** Appends a text attribute, ended by a zero byte. */
    public MessageWriter attribute(int type, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return attribute(type, Arrays.copyOf(text, text.length + 1));
    }

    /**
     * Appends an attribute that holds what {@code content} writes.
     *
     * @throws BerthException INVALID when that is longer than 65,531 bytes
     */
    public MessageWriter nested(int type, Consumer<MessageWriter> content) {
        int start = buffer.position();
        u16(0).u16(type | NESTED);
        content.accept(this);
        int length = buffer.position() - start;
        if (length > ATTRIBUTE_BYTES_MAX) {
            throw tooLong(type, length);
        }
        buffer.putShort(start, (short) length);
        return pad();
    }

    /** The message's bytes, numbered: an answer bears the same number. */
    byte[] finish(int sequence) {
        buffer.putInt(0, buffer.position());
        buffer.putInt(8, sequence);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private MessageWriter pad() {
        while (buffer.position() % 4 != 0) {
            u8(0);
        }
        return this;
    }

    private ByteBuffer room(int bytes) {
        long wanted = (long) buffer.position() + bytes;
        if (wanted > MESSAGE_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID, "netlink message of " + wanted + " bytes: at most " + MESSAGE_BYTES_MAX);
        }
        if (wanted > buffer.capacity()) {
            ByteBuffer larger = ByteBuffer.allocate((int) Math.min(MESSAGE_BYTES_MAX, wanted * 2))
                    .order(ByteOrder.nativeOrder());
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }

    private static BerthException tooLong(int type, long length) {
        return new BerthException(
                ErrorCode.INVALID,
                "netlink attribute " + type + " of " + length + " bytes: at most " + ATTRIBUTE_BYTES_MAX);
    }
}
