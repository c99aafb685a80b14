package org.berth.linux.dbus;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes values as little-endian bytes, each aligned as its type asks, from the message's beginning. */
final class Writer {
    private static final int ALIGNED_MAX = 8;

    private byte[] bytes = new byte[256];
    private int length;

    void value(Value value) {
        switch (value) {
            case Value.Octet(int octet) -> octet(octet);
            case Value.Flag(boolean flag) -> word(flag ? 1 : 0);
            case Value.Word(long word) -> word(word);
            case Value.Number(long number) -> {
                align(ALIGNED_MAX);
                little(number, 8);
            }
            case Value.Text(String text) -> text(text);
            case Value.ObjectPath(String path) -> text(path);
            case Value.Signature(String signature) -> signature(signature);
            case Value.Structure structure -> {
                align(ALIGNED_MAX);
                structure.members().forEach(this::value);
            }
            case Value.Variant(Value inner) -> {
                signature(inner.signature());
                value(inner);
            }
            case Value.Sequence sequence -> sequence(sequence);
        }
    }

    /** Its length counts neither itself nor the room before the first item. */
    private void sequence(Value.Sequence sequence) {
        word(0);
        int lengthAt = length - 4;
        align(alignment(sequence.element().charAt(0)));
        int begin = length;
        sequence.items().forEach(this::value);
        patch(lengthAt, length - begin);
    }

    /** What a type's values are aligned to. */
    static int alignment(char type) {
        return switch (type) {
            case 'y', 'g', 'v' -> 1;
            case 'n', 'q' -> 2;
            case 'x', 't', 'd', '(', '{' -> ALIGNED_MAX;
            default -> 4;
        };
    }

    void octet(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void word(long value) {
        align(4);
        little(value, 4);
    }

    void align(int boundary) {
        int padding = -length & (boundary - 1);
        room(padding);
        length += padding;
    }

    void raw(byte[] other) {
        room(other.length);
        System.arraycopy(other, 0, bytes, length, other.length);
        length += other.length;
    }

    private void text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        word(encoded.length);
        raw(encoded);
        octet(0);
    }

    private void signature(String signature) {
        octet(signature.length());
        raw(signature.getBytes(StandardCharsets.US_ASCII));
        octet(0);
    }

    private void little(long value, int count) {
        room(count);
        for (int i = 0; i < count; i++) {
            bytes[length++] = (byte) (value >>> (8 * i));
        }
    }

    private void patch(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }
}
