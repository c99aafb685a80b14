package org.berth.image.layer;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.path.FileNames;

/**
 * Reads a tar stream entry by entry: ustar, pax and GNU headers, in the way of Go's archive/tar, which wrote most layers.
 *
 * <p>Our own because names and extended attributes must come through byte for byte; commons-compress decodes both as
 * UTF-8.
 */
public final class TarReader implements Closeable {
    /** Longest extended header or long name that is read, in bytes. */
    private static final int EXTENSION_BYTES_MAX = 1 << 20;

    private static final int EXTENSIONS_PER_ENTRY_MAX = 16;

    private final InputStream in;
    private final byte[] header = new byte[TarHeader.BLOCK];
    private final byte[] scratch = new byte[8192];
    /** Bytes of the current entry's content that are still in the stream. */
    private long contentLeft;

    private long padding;
    /** Where we are in a file with holes, and its parts that are to come. */
    private long position;

    private long sizeWithHoles;
    private final Deque<SparseMap.Span> spans = new ArrayDeque<>();
    private boolean ended;

    public TarReader(InputStream in) {
        this.in = in;
    }

    /** The next entry; what was left of the one before is skipped. Empty at the archive's end. */
    public Optional<TarEntry> next() throws IOException {
        Map<String, byte[]> records = new TreeMap<>();
        for (int extensions = 0; extensions <= EXTENSIONS_PER_ENTRY_MAX; extensions++) {
            discard(contentLeft + padding);
            contentLeft = 0;
            padding = 0;
            if (ended || !readHeader()) {
                return Optional.empty();
            }
            char type = (char) (header[TarHeader.TYPE] & 0xff);
            switch (type) {
                case 'x' -> records.putAll(PaxRecords.parse(extension()));
                case 'g' -> extension(); // about the whole archive (a commit's id); Docker passes over it too
                case 'L' -> records.putIfAbsent(PaxRecords.PATH, untilZero(extension()));
                case 'K' -> records.putIfAbsent(PaxRecords.LINK, untilZero(extension()));
                default -> {
                    return Optional.of(entry(type, records));
                }
            }
        }
        throw new IOException("tar: more than " + EXTENSIONS_PER_ENTRY_MAX + " extended headers in a row");
    }

    /**
     * Passes over the hole that comes next in the current entry.
     *
     * @return its bytes, which are zeros; 0 where content comes, or the end
     */
    public long skipHole() {
        long end = spans.isEmpty() ? sizeWithHoles : spans.peek().offset();
        long hole = Math.max(0, end - position);
        position += hole;
        return hole;
    }

    /** Reads content of the current entry, holes as zeros; -1 at its end. */
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return sizeWithHoles > 0 ? readWithHoles(buffer, offset, length) : readStored(buffer, offset, length);
    }

    private int readWithHoles(byte[] buffer, int offset, int length) throws IOException {
        if (position == sizeWithHoles) {
            return -1;
        }
        SparseMap.Span next = spans.isEmpty() ? new SparseMap.Span(sizeWithHoles, 0) : spans.peek();
        int count;
        if (position < next.offset()) {
            count = (int) Math.min(length, next.offset() - position);
            Arrays.fill(buffer, offset, offset + count, (byte) 0);
        } else {
            count = readStored(buffer, offset, (int) Math.min(length, next.offset() + next.length() - position));
        }
        position += count;
        if (!spans.isEmpty() && position == next.offset() + next.length()) {
            spans.pop();
        }
        return count;
    }

    private int readStored(byte[] buffer, int offset, int length) throws IOException {
        if (contentLeft == 0) {
            return -1;
        }
        int count = in.read(buffer, offset, (int) Math.min(length, contentLeft));
        if (count < 0) {
            throw new EOFException("tar: the stream ends within a file's content");
        }
        contentLeft -= count;
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean readHeader() throws IOException {
        if (!fill() || TarHeader.blank(header)) {
            ended = true;
            return false;
        }
        if (!TarHeader.checks(header)) {
            throw new IOException("tar: a header's checksum is wrong; this is no tar stream, or a damaged one");
        }
        return true;
    }

    /** By reading: a stream that hashes what is read does not hash what is skipped. */
    private void discard(long count) throws IOException {
        long left = count;
        while (left > 0) {
            int read = in.read(scratch, 0, (int) Math.min(left, scratch.length));
            if (read < 0) {
                throw new EOFException("tar: the stream ends within a file's content");
            }
            left -= read;
        }
    }

    /** False at a clean end. */
    private boolean fill() throws IOException {
        int count = in.readNBytes(header, 0, header.length);
        if (count != 0 && count != header.length) {
            throw new EOFException("tar: the stream ends within a header");
        }
        return count != 0;
    }

    private byte[] extension() throws IOException {
        long size = TarHeader.number(header, TarHeader.SIZE);
        if (size < 0 || size > EXTENSION_BYTES_MAX) {
            throw new IOException("tar: an extended header of " + size + " bytes; at most " + EXTENSION_BYTES_MAX);
        }
        byte[] body = in.readNBytes((int) size);
        if (body.length != size) {
            throw new EOFException("tar: the stream ends within an extended header");
        }
        padding = padding(size);
        return body;
    }

    private TarEntry entry(char type, Map<String, byte[]> records) throws IOException {
        records.entrySet().removeIf(TarReader::isWithdrawn);
        Optional<SparseMap> holes = type == 'S' ? Optional.of(SparseMap.old(header, in)) : SparseMap.of(records, in);
        holes.flatMap(map -> SparseMap.name(records)).ifPresent(name -> records.put(PaxRecords.PATH, name));
        String name = records.containsKey(PaxRecords.PATH) ? name(records, PaxRecords.PATH) : plainName();
        TarEntry.Kind kind = kind(type, name);
        boolean device = kind == TarEntry.Kind.CHARACTER_DEVICE || kind == TarEntry.Kind.BLOCK_DEVICE;
        long size = number(records, PaxRecords.SIZE, TarHeader.SIZE);
        if (size < 0) {
            throw new IOException("tar: " + name + " has the size " + size);
        }
        contentLeft = kind == TarEntry.Kind.FILE ? size : 0;
        padding = padding(contentLeft);
        position = 0;
        sizeWithHoles = 0;
        spans.clear();
        if (holes.isPresent() && kind == TarEntry.Kind.FILE) {
            contentLeft -= holes.get().overhead();
            if (contentLeft != holes.get().stored()) {
                throw new IOException("tar: " + name + " has other bytes than its map says");
            }
            sizeWithHoles = holes.get().size();
            spans.addAll(holes.get().spans());
        }
        return new TarEntry(
                name,
                kind,
                (int) (TarHeader.number(header, TarHeader.MODE) & 07777),
                number(records, PaxRecords.UID, TarHeader.UID),
                number(records, PaxRecords.GID, TarHeader.GID),
                holes.isPresent() ? sizeWithHoles : contentLeft,
                modified(records),
                records.containsKey(PaxRecords.LINK)
                        ? name(records, PaxRecords.LINK)
                        : TarHeader.text(header, TarHeader.LINK),
                device ? (int) TarHeader.number(header, TarHeader.MAJOR) : 0,
                device ? (int) TarHeader.number(header, TarHeader.MINOR) : 0,
                attributes(records));
    }

    /** An empty value takes a record back; an extended attribute may be empty. */
    private static boolean isWithdrawn(Map.Entry<String, byte[]> record) {
        return record.getValue().length == 0 && !record.getKey().startsWith(PaxRecords.ATTRIBUTE);
    }

    /** GNU's old headers (magic "ustar  ") use the prefix field otherwise. */
    private String plainName() {
        String name = TarHeader.text(header, TarHeader.NAME);
        boolean posix = TarHeader.text(header, TarHeader.MAGIC).equals("ustar");
        String prefix = posix ? TarHeader.text(header, TarHeader.PREFIX) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static TarEntry.Kind kind(char type, String name) throws IOException {
        return switch (type) {
            case '\0', '0', '7', 'S' -> name.endsWith("/") ? TarEntry.Kind.FOLDER : TarEntry.Kind.FILE;
            case '1' -> TarEntry.Kind.HARD_LINK;
            case '2' -> TarEntry.Kind.SYMBOLIC_LINK;
            case '3' -> TarEntry.Kind.CHARACTER_DEVICE;
            case '4' -> TarEntry.Kind.BLOCK_DEVICE;
            case '5' -> TarEntry.Kind.FOLDER;
            case '6' -> TarEntry.Kind.FIFO;
            default -> throw new IOException("tar: " + name + " is of the unknown type '" + type + "'");
        };
    }

    private long number(Map<String, byte[]> records, String key, TarHeader.Field field) throws IOException {
        byte[] value = records.get(key);
        return value == null ? TarHeader.number(header, field) : PaxRecords.number(key, value);
    }

    private Instant modified(Map<String, byte[]> records) throws IOException {
        byte[] value = records.get(PaxRecords.MODIFIED);
        return value == null
                ? Instant.ofEpochSecond(Math.clamp(TarHeader.number(header, TarHeader.MODIFIED), -(1L << 40), 1L << 40))
                : PaxRecords.time(new String(value, StandardCharsets.ISO_8859_1));
    }

    private static SortedMap<String, byte[]> attributes(Map<String, byte[]> records) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        records.forEach((key, value) -> {
            if (key.startsWith(PaxRecords.ATTRIBUTE)) {
                attributes.put(key.substring(PaxRecords.ATTRIBUTE.length()), value);
            }
        });
        return Collections.unmodifiableSortedMap(attributes);
    }

    private static String name(Map<String, byte[]> records, String key) {
        return FileNames.decode(records.getOrDefault(key, new byte[0]));
    }

    private static byte[] untilZero(byte[] body) {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        return Arrays.copyOf(body, end);
    }

    private static long padding(long size) {
        return -size & (TarHeader.BLOCK - 1);
    }
}
