package org.berth.image.debian;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the paragraphs of a Packages file one after the other, keeping of each the lines of a few
 * fields as bytes: fifty megabytes go by without a string being made of them.
 */
final class StanzaReader {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int STANZA_BYTES = 1 << 12;

    private final InputStream input;
    private final int lineBytesMax;
    private byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;
    private byte[] stanza = new byte[STANZA_BYTES];
    private int length;
    private final int[] valueStarts = new int[Field.values().length];
    private final int[] valueEnds = new int[Field.values().length];

    /** The fields that are kept. */
    enum Field {
        PACKAGE("Package"),
        VERSION("Version"),
        ARCHITECTURE("Architecture"),
        ESSENTIAL("Essential"),
        PRIORITY("Priority"),
        PRE_DEPENDS("Pre-Depends"),
        DEPENDS("Depends"),
        PROVIDES("Provides"),
        FILENAME("Filename"),
        SIZE("Size"),
        SHA256("SHA256");

        private static final Field[] ALL = values();
        private final byte[] prefix;

        Field(String name) {
            this.prefix = (name + ":").getBytes(StandardCharsets.US_ASCII);
        }
    }

    StanzaReader(InputStream input, int lineBytesMax) {
        this.input = input;
        this.lineBytesMax = lineBytesMax;
    }

    /** Goes to the next paragraph; false at the end. */
    boolean next() throws IOException {
        length = 0;
        Arrays.fill(valueStarts, 0);
        Arrays.fill(valueEnds, 0);
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
    String value(Field field) {
        int from = valueStarts[field.ordinal()];
        int to = valueEnds[field.ordinal()];
        return new String(stanza, from, to - from, StandardCharsets.UTF_8).strip();
    }

    /** Whether a kept field is there with something on its first line. */
    boolean has(Field field) {
        return valueEnds[field.ordinal()] > valueStarts[field.ordinal()];
    }

    /** Whether a line is of a kept field; where its value will be is noted. */
    private boolean isKept(int from, int to) {
        byte first = buffer[from];
        for (Field field : Field.ALL) {
            byte[] prefix = field.prefix;
            if (first == prefix[0]
                    && to - from >= prefix.length
                    && Arrays.equals(buffer, from, from + prefix.length, prefix, 0, prefix.length)) {
                valueStarts[field.ordinal()] = length + prefix.length;
                valueEnds[field.ordinal()] = length + to - from;
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
            int at = searched;
            byte[] bytes = buffer;
            int to = end;
            while (at < to && bytes[at] != '\n') {
                at++;
            }
            if (at < to) {
                return at;
            }
            searched = end - start;
            makeRoom();
            int count = input.read(buffer, end, buffer.length - end);
            if (count < 0) {
                return end > start ? end : -1;
            }
            end += count;
        }
    }

    /** Moves what is not read yet to the buffer's beginning, and makes the buffer larger if it is full. */
    private void makeRoom() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        if (end == buffer.length) {
            if (end >= lineBytesMax) {
                throw new IOException("a line of more than " + lineBytesMax + " bytes");
            }
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
    }
}
