package org.berth.image.layer;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.berth.linux.path.FileNames;

/**
 * Writes a tar stream: ustar headers, and a pax header before an entry that needs one (a long name, a name that isn't
 * ASCII, a large number, parts of a second, extended attributes). The same entries always give the same bytes.
 */
public final class TarWriter implements Closeable {
    private static final String BINARY_NAMES = "BINARY";

    private final OutputStream out;
    private long contentLeft;
    private long padding;

    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Begins an entry; exactly {@link TarEntry#size} bytes of {@link #write} follow it. */
    public void put(TarEntry entry) throws IOException {
        finishEntry();
        Map<String, byte[]> records = records(entry);
        if (!records.isEmpty()) {
            byte[] body = PaxRecords.format(records);
            out.write(extendedHeader(body.length));
            out.write(body);
            out.write(new byte[(int) padding(body.length)]);
        }
        out.write(header(entry));
        contentLeft = entry.size();
        padding = padding(entry.size());
    }

    /** Adds content to the current entry. */
    public void write(byte[] buffer, int offset, int length) throws IOException {
        if (length > contentLeft) {
            throw new IOException("tar: more content than the entry's size says");
        }
        out.write(buffer, offset, length);
        contentLeft -= length;
    }

    /** Ends the archive and closes the stream below. */
    @Override
    public void close() throws IOException {
        try (out) {
            finishEntry();
            out.write(new byte[2 * TarHeader.BLOCK]);
        }
    }

    private void finishEntry() throws IOException {
        if (contentLeft != 0) {
            throw new IOException("tar: " + contentLeft + " bytes of an entry's content are missing");
        }
        out.write(new byte[(int) padding]);
        padding = 0;
    }

    private static Map<String, byte[]> records(TarEntry entry) {
        Map<String, byte[]> records = new TreeMap<>();
        name(records, PaxRecords.PATH, entry.name());
        name(records, PaxRecords.LINK, entry.link());
        number(records, PaxRecords.SIZE, TarHeader.SIZE, entry.size());
        number(records, PaxRecords.UID, TarHeader.UID, entry.uid());
        number(records, PaxRecords.GID, TarHeader.GID, entry.gid());
        Instant modified = entry.modified();
        if (modified.getNano() != 0 || !TarHeader.fits(TarHeader.MODIFIED, modified.getEpochSecond())) {
            records.put(PaxRecords.MODIFIED, PaxRecords.text(modified).getBytes(StandardCharsets.US_ASCII));
        }
        entry.attributes().forEach((key, value) -> records.put(PaxRecords.ATTRIBUTE + key, value));
        return records;
    }

    private static void name(Map<String, byte[]> records, String key, String name) {
        boolean ascii = name.chars().allMatch(character -> character < 0x80);
        if (ascii && name.length() <= TarHeader.NAME.length()) {
            return;
        }
        records.put(key, FileNames.encode(name));
        if (hasRawBytes(name)) {
            records.put(PaxRecords.CHARACTERS, BINARY_NAMES.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void number(Map<String, byte[]> records, String key, TarHeader.Field field, long value) {
        if (!TarHeader.fits(field, value)) {
            records.put(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static byte[] header(TarEntry entry) {
        byte[] header = new byte[TarHeader.BLOCK];
        TarHeader.put(header, TarHeader.NAME, entry.name());
        TarHeader.put(header, TarHeader.MODE, entry.mode());
        TarHeader.put(header, TarHeader.UID, orZero(TarHeader.UID, entry.uid()));
        TarHeader.put(header, TarHeader.GID, orZero(TarHeader.GID, entry.gid()));
        TarHeader.put(header, TarHeader.SIZE, orZero(TarHeader.SIZE, entry.size()));
        TarHeader.put(
                header,
                TarHeader.MODIFIED,
                orZero(TarHeader.MODIFIED, entry.modified().getEpochSecond()));
        TarHeader.put(header, TarHeader.LINK, entry.link());
        boolean device = entry.kind() == TarEntry.Kind.CHARACTER_DEVICE || entry.kind() == TarEntry.Kind.BLOCK_DEVICE;
        if (device) {
            TarHeader.put(header, TarHeader.MAJOR, entry.major());
            TarHeader.put(header, TarHeader.MINOR, entry.minor());
        }
        return sealed(header, entry.kind().flag());
    }

    private static byte[] extendedHeader(int size) {
        byte[] header = new byte[TarHeader.BLOCK];
        TarHeader.put(header, TarHeader.NAME, "PaxHeaders/0");
        TarHeader.put(header, TarHeader.MODE, 0644);
        TarHeader.put(header, TarHeader.UID, 0);
        TarHeader.put(header, TarHeader.GID, 0);
        TarHeader.put(header, TarHeader.SIZE, size);
        TarHeader.put(header, TarHeader.MODIFIED, 0);
        return sealed(header, 'x');
    }

    private static byte[] sealed(byte[] header, char type) {
        header[TarHeader.TYPE] = (byte) type;
        TarHeader.put(header, TarHeader.MAGIC, "ustar\00000");
        TarHeader.seal(header);
        return header;
    }

    private static long orZero(TarHeader.Field field, long value) {
        return TarHeader.fits(field, value) ? value : 0;
    }

    /** Whether bytes that are not UTF-8 were escaped: a surrogate that is half of no pair. */
    private static boolean hasRawBytes(String name) {
        return name.codePoints().anyMatch(point -> point >= 0xdc80 && point <= 0xdcff);
    }

    private static long padding(long size) {
        return -size & (TarHeader.BLOCK - 1);
    }
}
