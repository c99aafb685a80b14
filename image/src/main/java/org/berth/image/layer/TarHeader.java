package org.berth.image.layer;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.berth.linux.path.FileNames;

/** The fields of a 512-byte tar header: POSIX ustar with GNU's base-256 numbers. */
final class TarHeader {
    static final int BLOCK = 512;

    static final Field NAME = new Field(0, 100);
    static final Field MODE = new Field(100, 8);
    static final Field UID = new Field(108, 8);
    static final Field GID = new Field(116, 8);
    static final Field SIZE = new Field(124, 12);
    static final Field MODIFIED = new Field(136, 12);
    static final Field CHECKSUM = new Field(148, 8);
    static final Field LINK = new Field(157, 100);
    static final Field MAGIC = new Field(257, 8);
    static final Field MAJOR = new Field(329, 8);
    static final Field MINOR = new Field(337, 8);
    static final Field PREFIX = new Field(345, 155);
    static final int TYPE = 156;

    /** Where a field lies. */
    record Field(int offset, int length) {}

    private TarHeader() {}

    /** The text up to the first NUL. */
    static String text(byte[] header, Field field) {
        int end = field.offset;
        while (end < field.offset + field.length && header[end] != 0) {
            end++;
        }
        return FileNames.decode(Arrays.copyOfRange(header, field.offset, end));
    }

    /** An octal number between blanks and NULs, or GNU's base-256 one (first bit set). */
    static long number(byte[] header, Field field) throws IOException {
        byte first = header[field.offset];
        if ((first & 0x80) != 0) {
            return binary(header, field);
        }
        String digits = text(header, field).strip();
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseUnsignedLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new IOException("tar header: \"" + digits + "\" at " + field.offset + " is not an octal number", e);
        }
    }

    private static long binary(byte[] header, Field field) throws IOException {
        byte[] value = Arrays.copyOfRange(header, field.offset, field.offset + field.length);
        boolean negative = (value[0] & 0x40) != 0;
        value[0] = (byte) (negative ? value[0] | 0x80 : value[0] & 0x7f);
        try {
            return new BigInteger(value).longValueExact();
        } catch (ArithmeticException e) {
            throw new IOException("tar header: a number at " + field.offset + " is larger than 64 bits", e);
        }
    }

    /** Whether the checksum is right; some old writers summed signed bytes. */
    static boolean checks(byte[] header) throws IOException {
        long expected = number(header, CHECKSUM);
        return expected == sum(header, 0xff) || expected == sum(header, -1);
    }

    static boolean blank(byte[] header) {
        for (byte b : header) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    static void put(byte[] header, Field field, String text) {
        byte[] bytes = FileNames.encode(text);
        System.arraycopy(bytes, 0, header, field.offset, Math.min(bytes.length, field.length));
    }

    /** Zero-filled octal digits and a NUL; the value must {@link #fits fit}. */
    static void put(byte[] header, Field field, long value) {
        String digits = Long.toOctalString(value);
        put(header, field, "0".repeat(field.length - 1 - digits.length()) + digits);
    }

    static boolean fits(Field field, long value) {
        return value >= 0 && value < 1L << (3 * (field.length - 1));
    }

    static void seal(byte[] header) {
        String digits = Long.toOctalString(sum(header, 0xff));
        put(header, CHECKSUM, "0".repeat(6 - digits.length()) + digits + "\0 ");
    }

    private static long sum(byte[] header, int mask) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean inChecksum = i >= CHECKSUM.offset && i < CHECKSUM.offset + CHECKSUM.length;
            sum += inChecksum ? ' ' : header[i] & mask;
        }
        return sum;
    }
}
