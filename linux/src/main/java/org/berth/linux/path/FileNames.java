package org.berth.linux.path;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Names of files as text. The kernel's names are bytes; those that are not UTF-8 become the
 * characters U+DC80 to U+DCFF, which no text has, and come back as the same bytes (as PEP 383 does).
 */
public final class FileNames {
    private static final char ESCAPE = '\udc00';
    private static final int NAME_BYTES_MAX = 255;

    private FileNames() {}

    /** The text of a name's bytes. */
    public static String decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf('\ufffd') < 0 ? text : decodeEscaped(bytes);
    }

    /** The bytes of a name. */
    public static byte[] encode(String name) {
        if (!isEscaped(name)) {
            return name.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < name.length(); ) {
            int point = name.codePointAt(i);
            if (point >= 0xdc80 && point <= 0xdcff) {
                bytes.write(point - ESCAPE);
            } else {
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
            }
            i += Character.charCount(point);
        }
        return bytes.toByteArray();
    }

    /** A loop, not a stream: every call that names a file comes by here. */
    private static boolean isEscaped(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= 0xdc80 && name.charAt(i) <= 0xdcff) {
                return true;
            }
        }
        return false;
    }

    /** A NUL-terminated copy in {@code arena}. */
    static MemorySegment segment(Arena arena, String name) {
        byte[] bytes = encode(name);
        MemorySegment segment = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    /** The name when it is one component that names an entry of a folder. */
    static String component(String name) {
        boolean sound = !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0
                && name.length() <= NAME_BYTES_MAX;
        if (!sound) {
            throw new IllegalArgumentException("not the name of one file: '" + name + "'");
        }
        return name;
    }

    private static String decodeEscaped(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; ) {
            int length = sequenceLength(bytes, i);
            if (length == 0) {
                text.append((char) (ESCAPE + (bytes[i++] & 0xff)));
            } else {
                text.append(new String(bytes, i, length, StandardCharsets.UTF_8));
                i += length;
            }
        }
        return text.toString();
    }

    /** The length of the well-formed UTF-8 sequence at {@code start}, 0 when there is none. */
    private static int sequenceLength(byte[] bytes, int start) {
        int first = bytes[start] & 0xff;
        int length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
        if (length == 0 || start + length > bytes.length) {
            return 0;
        }
        String text = new String(bytes, start, length, StandardCharsets.UTF_8);
        boolean round = java.util.Arrays.equals(
                text.getBytes(StandardCharsets.UTF_8), java.util.Arrays.copyOfRange(bytes, start, start + length));
        return round ? length : 0;
    }
}
