package org.berth.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which parts of a file an archive has; the others are holes, read as zeros. GNU's old header, and its PAX forms 0.0, 0.1 and 1.0
 * (GNU tar's manual, "Storing Sparse Files").
 *
 * @param size of the whole file, in bytes
 * @param spans by their places, none over another
 * @param overhead bytes of the entry's content that are the map itself
 */
record SparseMap(long size, List<Span> spans, long overhead) {
    /** Longest file that is made of an archive's few bytes. */
    static final long SIZE_MAX = 1L << 40;

    private static final int SPANS_MAX = 200_000;
    private static final int OLD_ENTRIES = 386;
    private static final int OLD_ENTRY_BYTES = 24;
    private static final int OLD_IN_HEADER = 4;
    private static final int OLD_IN_BLOCK = 21;
    private static final int OLD_MORE = 482;
    private static final int OLD_MORE_IN_BLOCK = 504;
    private static final TarHeader.Field OLD_SIZE = new TarHeader.Field(483, 12);
    private static final int DIGITS_MAX = 19;

    /** Some bytes that the archive has. */
    record Span(long offset, long length) {}

    /** Of the records of a PAX header; empty where these say nothing of holes. */
    static Optional<SparseMap> of(Map<String, byte[]> records, InputStream content) throws IOException {
        if (records.keySet().stream().noneMatch(key -> key.startsWith(PaxRecords.SPARSE))) {
            return Optional.empty();
        }
        if (text(records, "major").equals("1") && text(records, "minor").equals("0")) {
            return Optional.of(leading(number(text(records, "realsize")), content));
        }
        String map = text(records, "map");
        if (map.isEmpty()) {
            throw new IOException("tar: a sparse file that no map describes");
        }
        List<Long> numbers = new ArrayList<>();
        for (String word : map.split(",", 2 * SPANS_MAX + 2)) {
            numbers.add(number(word));
        }
        return Optional.of(checked(number(text(records, "size")), numbers, 0));
    }

    /** The name that a sparse file has in truth. */
    static Optional<byte[]> name(Map<String, byte[]> records) {
        return Optional.ofNullable(records.get(PaxRecords.SPARSE + "name"));
    }

    /** Of the header of GNU's old kind, and the blocks that follow it. */
    static SparseMap old(byte[] header, InputStream content) throws IOException {
        List<Long> numbers = new ArrayList<>();
        entries(header, OLD_ENTRIES, OLD_IN_HEADER, numbers);
        boolean more = header[OLD_MORE] != 0;
        while (more) {
            byte[] block = content.readNBytes(TarHeader.BLOCK);
            if (block.length < TarHeader.BLOCK) {
                throw new EOFException("tar: the stream ends within a sparse file's map");
            }
            entries(block, 0, OLD_IN_BLOCK, numbers);
            more = block[OLD_MORE_IN_BLOCK] != 0;
        }
        return checked(TarHeader.number(header, OLD_SIZE), numbers, 0); // its blocks are not of the content
    }

    private static void entries(byte[] block, int from, int count, List<Long> numbers) throws IOException {
        for (int i = 0; i < count; i++) {
            int at = from + i * OLD_ENTRY_BYTES;
            if (block[at] != 0 && numbers.size() <= 2 * SPANS_MAX) {
                numbers.add(TarHeader.number(block, new TarHeader.Field(at, 12)));
                numbers.add(TarHeader.number(block, new TarHeader.Field(at + 12, 12)));
            }
        }
    }

    /** The map stands before the content: numbers in lines, filled up to whole blocks. */
    private static SparseMap leading(long size, InputStream content) throws IOException {
        LineReader lines = new LineReader(content);
        long count = lines.number();
        if (count > SPANS_MAX) {
            throw tooMany();
        }
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < 2 * count; i++) {
            numbers.add(lines.number());
        }
        long overhead = (lines.read + TarHeader.BLOCK - 1) / TarHeader.BLOCK * TarHeader.BLOCK;
        long rest = overhead - lines.read;
        if (content.readNBytes((int) rest).length < rest) {
            throw new EOFException("tar: the stream ends within a sparse file's map");
        }
        return checked(size, numbers, overhead);
    }

    private static SparseMap checked(long size, List<Long> numbers, long overhead) throws IOException {
        List<Span> spans = new ArrayList<>();
        long end = 0;
        if (numbers.size() > 2 * SPANS_MAX) {
            throw tooMany();
        }
        for (int i = 0; i + 1 < numbers.size(); i += 2) {
            long offset = numbers.get(i);
            long length = numbers.get(i + 1);
            if (offset < end || length < 0 || length > SIZE_MAX || offset > SIZE_MAX) {
                throw new IOException("tar: a sparse file's parts are not in order");
            }
            end = offset + length;
            if (length > 0) {
                spans.add(new Span(offset, length));
            }
        }
        if (numbers.size() % 2 != 0 || end > size || size > SIZE_MAX) {
            throw new IOException("tar: a sparse file of " + size + " bytes has parts up to " + end);
        }
        return new SparseMap(size, List.copyOf(spans), overhead);
    }

    private static IOException tooMany() {
        return new IOException("tar: a sparse file has more than " + SPANS_MAX + " parts");
    }

    /** Bytes of it that the archive has. */
    long stored() {
        return spans.stream().mapToLong(Span::length).sum();
    }

    private static String text(Map<String, byte[]> records, String key) {
        return new String(records.getOrDefault(PaxRecords.SPARSE + key, new byte[0]), StandardCharsets.US_ASCII);
    }

    private static long number(String text) throws IOException {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IOException("tar: a sparse file's map has no number where one should be");
        }
        return Long.parseLong(text);
    }

    /** Numbers, one a line. */
    private static final class LineReader {
        private final InputStream in;
        private long read;

        LineReader(InputStream in) {
            this.in = in;
        }

        long number() throws IOException {
            StringBuilder digits = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0 || digits.length() > DIGITS_MAX) {
                    throw new IOException("tar: a sparse file's map has no number where one should be");
                }
                digits.append((char) c);
                read++;
            }
            read++;
            return SparseMap.number(digits.toString());
        }
    }
}
