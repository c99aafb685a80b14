package org.berth.image.debian;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the paragraphs of a Packages file one after the other, keeping of each the lines of a few
 * fields as bytes: fifty megabytes go by without a string being made of them.
 */
final class StanzaReader {
    private static final int BUFFER_BYTES = 1 << 16;

    /** The fields that are kept. */
    private static final List<byte[]> KEPT = fields(
            "Package",
            "Version",
            "Architecture",
            "Essential",
            "Priority",
            "Pre-Depends",
            "Depends",
            "Provides",
            "Filename",
            "Size",
            "SHA256");

    private final InputStream input;
    private final int lineBytesMax;
    private byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;
    private byte[] stanza = new byte[1 << 12];
    private int length;

    StanzaReader(InputStream input, int lineBytesMax) {
        this.input = input;
        this.lineBytesMax = lineBytesMax;
    }

    private static List<byte[]> fields(String... names) {
        return Arrays.stream(names)
                .map(name -> (name + ":").getBytes(StandardCharsets.US_ASCII))
                .toList();
    }

    /** Goes to the next paragraph; false at the end. */
    boolean next() throws IOException {
        length = 0;
        boolean keeping = false;
        while (true) {
            int lineEnd = line();
            if (lineEnd < 0) {
                return length > 0;
            }
            int lineStart = start;
            start = Math.min(lineEnd + 1, end);
            if (lineEnd == lineStart) {
                if (length > 0) {
                    return true;
                }
                continue;
            }
            boolean continued = buffer[lineStart] == ' ' || buffer[lineStart] == '\t';
            keeping = continued ? keeping : isKept(lineStart, lineEnd);
            if (keeping) {
                keep(lineStart, lineEnd);
            }
        }
    }

    /** The kept lines of this paragraph. */
    byte[] kept() {
        return Arrays.copyOf(stanza, length);
    }

    /** A kept field's value on its first line; "" when it is missing. */
    String value(String name) {
        byte[] field = (name + ":").getBytes(StandardCharsets.US_ASCII);
        int at = 0;
        while (at < length) {
            int lineEnd = indexOf(stanza, '\n', at, length);
            if (startsWith(stanza, at, lineEnd, field)) {
                return new String(stanza, at + field.length, lineEnd - at - field.length, StandardCharsets.UTF_8)
                        .strip();
            }
            at = lineEnd + 1;
        }
        return "";
    }

    boolean has(String name, String value) {
        return value(name).equals(value);
    }

    private boolean isKept(int from, int to) {
        for (byte[] field : KEPT) {
            if (startsWith(buffer, from, to, field)) {
                return true;
            }
        }
        return false;
    }

    private void keep(int from, int to) {
        int needed = length + to - from + 1;
        if (needed > stanza.length) {
            stanza = Arrays.copyOf(stanza, Math.max(needed, 2 * stanza.length));
        }
        System.arraycopy(buffer, from, stanza, length, to - from);
        length = needed;
        stanza[length - 1] = '\n';
    }

    /** Has a whole line in the buffer from {@code start}; returns its end, or -1 at the end of all. */
    private int line() throws IOException {
        int searched = start;
        while (true) {
            int at = indexOf(buffer, '\n', searched, end);
            if (at < end) {
                return at;
            }
            searched = end;
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                searched -= start;
                end -= start;
                start = 0;
            }
            if (end == buffer.length) {
                if (end >= lineBytesMax) {
                    throw new IOException("a line of more than " + lineBytesMax + " bytes");
                }
                buffer = Arrays.copyOf(buffer, 2 * buffer.length);
            }
            int count = input.read(buffer, end, buffer.length - end);
            if (count < 0) {
                return end > start ? end : -1;
            }
            end += count;
        }
    }

    private static int indexOf(byte[] bytes, char wanted, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    private static boolean startsWith(byte[] bytes, int from, int to, byte[] prefix) {
        return to - from >= prefix.length
                && bytes[from] == prefix[0]
                && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
    }
}
