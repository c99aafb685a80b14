package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A named piece of a program's memory: a string, a structure, a buffer, a slot for a result. Its
 * fields follow each other without padding; it is aligned to 8 bytes.
 *
 * @param number its place in its program's list of data
 * @param name how the printer calls it; several of one name get numbers there
 */
public record Datum(int number, String name, List<Field> fields) {
    public Datum {
        fields = List.copyOf(fields);
    }

    /** One field. Numbers are little-endian. */
    public sealed interface Field {
        /** Its length in bytes. */
        int size();
    }

    /** Text in UTF-8 with a NUL at its end. */
    public record Text(String value) implements Field {
        @Override
        public int size() {
            return value.getBytes(StandardCharsets.UTF_8).length + 1;
        }
    }

    /** Bytes as they are: the buffer's content, compared by value. */
    public record Bytes(ByteBuffer content) implements Field {
        public Bytes {
            content = content.asReadOnlyBuffer();
        }

        @Override
        public int size() {
            return content.remaining();
        }
    }

    /** A 32-bit number. */
    public record Word(int value) implements Field {
        @Override
        public int size() {
            return 4;
        }
    }

    /** A 64-bit number. */
    public record LongWord(long value) implements Field {
        @Override
        public int size() {
            return 8;
        }
    }

    /** A 64-bit address of another place. */
    public record Pointer(Place to) implements Field {
        @Override
        public int size() {
            return 8;
        }
    }

    /** Zeros: what the kernel writes into. Takes no room in the file when all fields are space. */
    public record Space(int size) implements Field {}

    /** The place {@code offset} bytes into it. */
    public Place at(int offset) {
        return new Place(this, offset);
    }

    /** Its first byte. */
    public Place start() {
        return at(0);
    }

    /** Its length in bytes. */
    public int size() {
        int size = 0;
        for (Field field : fields) {
            size += field.size();
        }
        return size;
    }

    /** Whether it holds nothing but zeros at the start. */
    boolean isEmptySpace() {
        for (Field field : fields) {
            if (!(field instanceof Space)) {
                return false;
            }
        }
        return true;
    }
}
