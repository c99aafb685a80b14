package org.berth.image.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.berth.linux.path.FileNames;

/**
 * The records of an extended header (POSIX.1-2017, pax, "pax Header Block"): {@code "LENGTH KEY=VALUE\n"}. Values are raw
 * bytes: an extended attribute such as {@code security.capability} is binary and must not pass a character set.
 */
final class PaxRecords {
    static final String PATH = "path";
    static final String LINK = "linkpath";
    static final String SIZE = "size";
    static final String UID = "uid";
    static final String GID = "gid";
    static final String MODIFIED = "mtime";
    static final String ATTRIBUTE = "SCHILY.xattr.";
    static final String SPARSE = "GNU.sparse.";
    /** The map of a sparse file of the form 0.1. */
    static final String SPARSE_MAP = SPARSE + "map";
    /** The same in the form 0.0: these two again and again, in one header. */
    private static final Set<String> SPARSE_PARTS = Set.of(SPARSE + "offset", SPARSE + "numbytes");
    /** Says that names are bytes of no known character set. */
    static final String CHARACTERS = "hdrcharset";

    private PaxRecords() {}

    /** Reads a header's body; a later record of the same key wins. */
    static Map<String, byte[]> parse(byte[] body) throws IOException {
        Map<String, byte[]> records = new TreeMap<>();
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        int position = 0;
        while (position < body.length) {
            int blank = find(body, ' ', position, body.length);
            int end = position + length(body, position, blank);
            if (end > body.length || end <= blank + 1 || body[end - 1] != '\n') {
                throw new IOException("tar extended header: a record's length is wrong at byte " + position);
            }
            int equals = find(body, '=', blank + 1, end - 1);
            String key = FileNames.decode(Arrays.copyOfRange(body, blank + 1, equals));
            byte[] value = Arrays.copyOfRange(body, equals + 1, end - 1);
            if (SPARSE_PARTS.contains(key)) {
                parts.writeBytes(value);
                parts.write(',');
            }
            records.put(key.startsWith(ATTRIBUTE) ? decoded(key) : key, value);
            position = end;
        }
        if (parts.size() > 0) {
            records.put(SPARSE_MAP, Arrays.copyOf(parts.toByteArray(), parts.size() - 1));
        }
        return records;
    }

    /** An attribute's name may have the "=" that ends a key; GNU tar writes it and "%" in this way, and so do we. */
    private static String encoded(String key) {
        return key.replace("%", "%25").replace("=", "%3D");
    }

    private static String decoded(String key) {
        return key.replace("%3D", "=").replace("%25", "%");
    }

    /** Writes records in the order of their keys. */
    static byte[] format(Map<String, byte[]> records) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        new TreeMap<>(records).forEach((key, value) -> {
            byte[] name = FileNames.encode(key.startsWith(ATTRIBUTE) ? encoded(key) : key);
            int rest = 1 + name.length + 1 + value.length + 1;
            int length = rest + 1;
            while (length != rest + Integer.toString(length).length()) {
                length = rest + Integer.toString(length).length();
            }
            body.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
            body.write(' ');
            body.writeBytes(name);
            body.write('=');
            body.writeBytes(value);
            body.write('\n');
        });
        return body.toByteArray();
    }

    /** Seconds with an optional fraction, of which nanoseconds are kept: "1700000000.25", "-1.5". */
    static Instant time(String text) throws IOException {
        int point = text.indexOf('.');
        String whole = point < 0 ? text : text.substring(0, point);
        String fraction = point < 0 ? "" : text.substring(point + 1);
        if (!whole.matches("-?[0-9]{1,18}") || !fraction.matches("[0-9]*")) {
            throw new IOException("tar extended header: \"" + text + "\" is not a time");
        }
        long nanoseconds = Long.parseLong((fraction + "000000000").substring(0, 9));
        boolean negative = whole.startsWith("-");
        return bounded(Long.parseLong(whole), negative ? -nanoseconds : nanoseconds);
    }

    /** The shortest text of a time. */
    static String text(Instant time) {
        long seconds = time.getEpochSecond();
        int nanoseconds = time.getNano();
        if (nanoseconds == 0) {
            return Long.toString(seconds);
        }
        boolean negative = seconds < 0;
        long whole = negative ? -(seconds + 1) : seconds;
        int part = negative ? 1_000_000_000 - nanoseconds : nanoseconds;
        String fraction = String.format("%09d", part).replaceAll("0+$", "");
        return (negative ? "-" : "") + whole + "." + fraction;
    }

    /** A decimal number that may not be negative. */
    static long number(String key, byte[] value) throws IOException {
        String text = new String(value, StandardCharsets.ISO_8859_1);
        if (!text.matches("[0-9]{1,18}")) {
            throw new IOException("tar extended header: " + key + " is not a number: \"" + text + "\"");
        }
        return Long.parseLong(text);
    }

    private static Instant bounded(long seconds, long nanoseconds) {
        long limit = 1L << 40; // beyond what file systems keep, within what Instant does
        return Instant.ofEpochSecond(Math.clamp(seconds, -limit, limit), nanoseconds);
    }

    private static int length(byte[] body, int from, int to) throws IOException {
        String digits = new String(body, from, to - from, StandardCharsets.ISO_8859_1);
        if (!digits.matches("[0-9]{1,9}")) {
            throw new IOException("tar extended header: a record does not begin with its length at byte " + from);
        }
        return Integer.parseInt(digits);
    }

    private static int find(byte[] body, char wanted, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            if (body[i] == wanted) {
                return i;
            }
        }
        throw new IOException("tar extended header: a record has no '" + wanted + "' after byte " + from);
    }
}
