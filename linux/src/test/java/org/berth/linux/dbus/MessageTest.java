package org.berth.linux.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.berth.base.BerthException;
import org.berth.linux.dbus.Message.Field;
import org.berth.linux.dbus.Message.Kind;
import org.junit.jupiter.api.Test;

class MessageTest {
    private static final long SEED = 20_261_123;

    /** Every bus's first message, as its libraries send it; ours orders the fields by their numbers. */
    private static final String HELLO = "l\1\0\1\0\0\0\0\1\0\0\0m\0\0\0"
            + "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
            + "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
            + "\3\1s\0\5\0\0\0Hello\0\0\0"
            + "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0";

    private static final Map<Field, String> FIELDS = Map.of(
            Field.PATH, "/org/freedesktop/DBus",
            Field.INTERFACE, "org.freedesktop.DBus",
            Field.MEMBER, "Hello",
            Field.DESTINATION, "org.freedesktop.DBus");

    @Test
    void helloIsWrittenAndRead() {
        byte[] bytes = HELLO.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(Message.of(Kind.CALL, 1, FIELDS, 0, List.of()).encode()).isEqualTo(bytes);
        Message read = Message.decode(bytes);
        assertThat(read.texts()).isEqualTo(FIELDS);
        assertThat(read.serial()).isEqualTo(1);
        assertThat(read.values()).isEmpty();
    }

    @Test
    void valuesAreAlignedFromTheBodysBeginning() {
        List<Value> body = List.of(
                new Value.Octet(7),
                new Value.Sequence(
                        "(sv)",
                        List.of(new Value.Structure(
                                List.of(new Value.Text("ab"), new Value.Variant(new Value.Number(-1)))))),
                new Value.Sequence("t", List.of()));
        Message message = Message.of(Kind.SIGNAL, 2, FIELDS, 0, body);
        assertThat(message.signature()).isEqualTo("ya(sv)at");
        assertThat(message.body()).isEqualTo(new byte[] {
            7,
            0,
            0,
            0,
            24,
            0,
            0,
            0, // a byte, room, the array's length without the room behind it
            2,
            0,
            0,
            0,
            'a',
            'b',
            0,
            1,
            't',
            0,
            0,
            0,
            0,
            0,
            0,
            0, // "ab", the variant's signature, room
            -1,
            -1,
            -1,
            -1,
            -1,
            -1,
            -1,
            -1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0 // the number; an empty array and its room
        });
        assertThat(Message.decode(message.encode()).values()).isEqualTo(body);
    }

    @Test
    void messagesCutOrChangedAreRefusedOrRead() {
        byte[] whole = Message.of(
                        Kind.RETURN,
                        3,
                        FIELDS,
                        9,
                        List.of(
                                new Value.Sequence("u", List.of(new Value.Word(1), new Value.Word(2))),
                                new Value.Variant(new Value.Variant(new Value.ObjectPath("/a")))))
                .encode();
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = Arrays.copyOf(whole, round % 3 == 0 ? random.nextInt(16, whole.length + 1) : whole.length);
            for (int i = random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(Message.decode(bytes).values()).isNotNull();
            } catch (BerthException e) {
                assertThat(e).as("seed %d, round %d", SEED, round).hasMessageContaining("D-Bus message");
            }
        }
    }

    @Test
    void messageBeyondTheBoundIsRefused() {
        byte[] fixed = Arrays.copyOf(HELLO.getBytes(StandardCharsets.ISO_8859_1), 16);
        fixed[7] = 0x7f;
        assertThatThrownBy(() -> Message.length(fixed)).hasMessageContaining("longer than");
    }
}
