package org.berth.linux.dbus;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Reads values that follow a signature; what the bytes can't be is refused. */
final class Reader {
    private static final int DEPTH_MAX = 32;

    private final ByteBuffer bytes;
    private int depth;

    /** @param bytes from the message's beginning or another place that is aligned to 8 */
    Reader(byte[] bytes, ByteOrder order) {
        this.bytes = ByteBuffer.wrap(bytes).order(order);
    }

    /** Values of all types that a signature names. @throws BerthException INVALID for bytes that don't fit it */
    List<Value> values(String signature) {
        try {
            List<Value> values = new ArrayList<>();
            int at = 0;
            while (at < signature.length()) {
                int end = end(signature, at);
                values.add(value(signature.substring(at, end)));
                at = end;
            }
            return values;
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw wrong("it ends too early or is no value of '" + signature + "'");
        }
    }

    private Value value(String type) {
        return switch (type.charAt(0)) {
            case 'y' -> new Value.Octet(Byte.toUnsignedInt(bytes.get()));
            case 'b' -> new Value.Flag(word() != 0);
            case 'u', 'i' -> new Value.Word(word());
            case 't', 'x' -> {
                align(8);
                yield new Value.Number(bytes.getLong());
            }
            case 's' -> new Value.Text(text((int) word()));
            case 'o' -> new Value.ObjectPath(text((int) word()));
            case 'g' -> new Value.Signature(text(Byte.toUnsignedInt(bytes.get())));
            case 'v' -> new Value.Variant(nested(() -> value(single(text(Byte.toUnsignedInt(bytes.get()))))));
            case '(' -> {
                align(8);
                yield new Value.Structure(nested(() -> values(type.substring(1, type.length() - 1))));
            }
            case 'a' -> nested(() -> sequence(type.substring(1)));
            default -> throw wrong("the type '" + type + "' is not expected");
        };
    }

    private Value sequence(String element) {
        int length = (int) word();
        align(Writer.alignment(element.charAt(0)));
        if (length < 0 || length > bytes.remaining()) {
            throw wrong("an array of " + length + " bytes does not fit");
        }
        int end = bytes.position() + length;
        List<Value> items = new ArrayList<>();
        while (bytes.position() < end) {
            items.add(value(element));
        }
        return new Value.Sequence(element, items);
    }

    private <T> T nested(java.util.function.Supplier<T> read) {
        if (++depth > DEPTH_MAX) {
            throw wrong("it is nested deeper than " + DEPTH_MAX);
        }
        T value = read.get();
        depth--;
        return value;
    }

    private static String single(String signature) {
        if (signature.isEmpty() || end(signature, 0) != signature.length()) {
            throw wrong("a variant of '" + signature + "'");
        }
        return signature;
    }

    /** Where the type that begins at a place ends. */
    private static int end(String signature, int at) {
        return switch (signature.charAt(at)) {
            case 'a' -> end(signature, at + 1);
            case '(' -> {
                int next = at + 1;
                while (signature.charAt(next) != ')') {
                    next = end(signature, next);
                }
                yield next + 1;
            }
            default -> at + 1;
        };
    }

    private String text(int length) {
        if (length < 0 || length >= bytes.remaining()) {
            throw wrong("a text of " + length + " bytes does not fit");
        }
        byte[] text = new byte[length];
        bytes.get(text);
        if (bytes.get() != 0) {
            throw wrong("a text has no end");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private long word() {
        align(4);
        return Integer.toUnsignedLong(bytes.getInt());
    }

    void align(int boundary) {
        int padding = -bytes.position() & (boundary - 1);
        if (padding > bytes.remaining()) {
            throw wrong("it ends too early");
        }
        bytes.position(bytes.position() + padding);
    }

    int position() {
        return bytes.position();
    }

    static BerthException wrong(String reason) {
        return new BerthException(ErrorCode.INVALID, "a D-Bus message can't be read: " + reason);
    }
}
