package org.berth.linux.dbus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A message. Its body stays bytes until it is asked for: of signals most are nobody's concern.
 *
 * @param serial its number among its sender's, from 1
 * @param texts the header fields that are texts
 * @param replyTo the serial of the call that it answers, 0 for none
 * @param signature the body's
 */
public record Message(
        Kind kind,
        int serial,
        Map<Field, String> texts,
        long replyTo,
        String signature,
        byte[] body,
        boolean bigEndian) {
    /** All but the fields and the body. */
    static final int FIXED_BYTES = 16;

    /** A message is at most this long; the specification allows 128 MiB. */
    static final int BYTES_MAX = 1 << 20;

    private static final int VERSION = 1;
    private static final int REPLY_SERIAL = 5;
    private static final int SIGNATURE = 8;

    /** In the order of their numbers, from 1. */
    public enum Kind {
        CALL,
        RETURN,
        ERROR,
        SIGNAL
    }

    /** Header fields that are texts, with their numbers. */
    public enum Field {
        PATH(1),
        INTERFACE(2),
        MEMBER(3),
        ERROR_NAME(4),
        DESTINATION(6),
        SENDER(7);

        private final int number;

        Field(int number) {
            this.number = number;
        }
    }

    /** One to be sent. */
    static Message of(Kind kind, int serial, Map<Field, String> texts, long replyTo, List<Value> body) {
        Writer writer = new Writer();
        body.forEach(writer::value);
        String signature = body.stream().map(Value::signature).collect(Collectors.joining());
        return new Message(kind, serial, Map.copyOf(texts), replyTo, signature, writer.bytes(), false);
    }

    /** A header field. */
    public Optional<String> text(Field field) {
        return Optional.ofNullable(texts.get(field));
    }

    /** The body's values. */
    public List<Value> values() {
        return new Reader(body, order(bigEndian)).values(signature);
    }

    /** The bytes to send. */
    byte[] encode() {
        Writer writer = new Writer();
        writer.octet('l');
        writer.octet(kind.ordinal() + 1);
        writer.octet(0);
        writer.octet(VERSION);
        writer.word(body.length);
        writer.word(serial);
        List<Value> fields = new ArrayList<>();
        for (Field field : Field.values()) {
            text(field)
                    .ifPresent(text -> fields.add(field(
                            field.number, field == Field.PATH ? new Value.ObjectPath(text) : new Value.Text(text))));
        }
        if (replyTo != 0) {
            fields.add(field(REPLY_SERIAL, new Value.Word(replyTo)));
        }
        if (!signature.isEmpty()) {
            fields.add(field(SIGNATURE, new Value.Signature(signature)));
        }
        writer.value(new Value.Sequence("(yv)", fields));
        writer.align(8);
        writer.raw(body);
        return writer.bytes();
    }

    private static Value field(int number, Value value) {
        return new Value.Structure(List.of(new Value.Octet(number), new Value.Variant(value)));
    }

    /** How long a message is whose first 16 bytes these are. */
    static int length(byte[] fixed) {
        ByteBuffer bytes = ByteBuffer.wrap(fixed).order(order(fixed[0] == 'B'));
        long fields = Integer.toUnsignedLong(bytes.getInt(12));
        long body = Integer.toUnsignedLong(bytes.getInt(4));
        long all = FIXED_BYTES + (fields + 7) / 8 * 8 + body;
        if ((fixed[0] != 'l' && fixed[0] != 'B') || fixed[3] != VERSION || all > BYTES_MAX) {
            throw Reader.wrong("its head is unknown, or it is longer than " + BYTES_MAX + " bytes");
        }
        return (int) all;
    }

    /** Reads a whole one. */
    static Message decode(byte[] bytes) {
        int length = length(bytes);
        boolean bigEndian = bytes[0] == 'B';
        int kind = bytes[1];
        if (length != bytes.length || kind < 1 || kind > Kind.values().length) {
            throw Reader.wrong("its kind is " + kind + ", its length " + bytes.length);
        }
        Reader reader = new Reader(bytes, order(bigEndian));
        List<Value> head = reader.values("yyyyuua(yv)");
        reader.align(8);
        Map<Field, String> texts = new EnumMap<>(Field.class);
        long replyTo = 0;
        String signature = "";
        for (Value field : ((Value.Sequence) head.getLast()).items()) {
            List<Value> parts = ((Value.Structure) field).members();
            int number = ((Value.Octet) parts.getFirst()).value();
            switch (((Value.Variant) parts.getLast()).value()) {
                case Value.Word(long word) when number == REPLY_SERIAL -> replyTo = word;
                case Value.Signature(String text) when number == SIGNATURE -> signature = text;
                case Value.Text(String text) -> put(texts, number, text);
                case Value.ObjectPath(String text) -> put(texts, number, text);
                default -> {} // a field that we have no use for
            }
        }
        byte[] body = java.util.Arrays.copyOfRange(bytes, reader.position(), bytes.length);
        int serial = (int) ((Value.Word) head.get(5)).value();
        return new Message(Kind.values()[kind - 1], serial, texts, replyTo, signature, body, bigEndian);
    }

    private static void put(Map<Field, String> texts, int number, String text) {
        for (Field field : Field.values()) {
            if (field.number == number) {
                texts.put(field, text);
            }
        }
    }

    private static ByteOrder order(boolean bigEndian) {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }
}
