package org.berth.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The attributes of a received netlink message by their type; of a type that comes twice the last
 * one counts. Lengths are checked against what is really there before anything is read.
 */
final class Attributes {
    private static final int HEADER_BYTES = 4;
    private static final int TYPE_MASK = 0x3fff;

    private final Map<Integer, byte[]> values;

    private Attributes(Map<Integer, byte[]> values) {
        this.values = values;
    }

    /**
     * Reads attributes up to the buffer's limit.
     *
     * @throws BerthException KERNEL when a length does not fit
     */
    static Attributes parse(ByteBuffer buffer) {
        ByteBuffer rest = buffer.slice().order(ByteOrder.nativeOrder());
        Map<Integer, byte[]> values = new HashMap<>();
        while (rest.remaining() >= HEADER_BYTES) {
            int length = Short.toUnsignedInt(rest.getShort());
            int type = Short.toUnsignedInt(rest.getShort()) & TYPE_MASK;
            int size = length - HEADER_BYTES;
            if (size < 0 || size > rest.remaining()) {
                throw new BerthException(
                        ErrorCode.KERNEL,
                        "netlink attribute " + type + " says " + length + " bytes where " + rest.remaining() + " are");
            }
            byte[] value = new byte[size];
            rest.get(value);
            values.put(type, value);
            rest.position(Math.min(rest.limit(), rest.position() + (-size & 3)));
        }
        return new Attributes(values);
    }

    Optional<byte[]> bytes(int type) {
        return Optional.ofNullable(values.get(type));
    }

    /** A number of four bytes; empty when it is missing or of another size. */
    OptionalInt number(int type) {
        byte[] value = values.get(type);
        return value == null || value.length != 4
                ? OptionalInt.empty()
                : OptionalInt.of(
                        ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt());
    }

    /** A text up to its first zero byte. */
    Optional<String> text(int type) {
        return bytes(type).map(value -> {
            int end = 0;
            while (end < value.length && value[end] != 0) {
                end++;
            }
            return new String(value, 0, end, StandardCharsets.UTF_8);
        });
    }

    /** What is inside an attribute. */
    Optional<Attributes> nested(int type) {
        return bytes(type).map(value -> parse(ByteBuffer.wrap(value)));
    }
}
