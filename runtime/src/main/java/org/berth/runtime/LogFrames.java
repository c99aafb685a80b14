package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The log file that a monitor appends to: frames of a 24-byte header (u32 magic with the stream, u32
 * length, i64 seconds, i64 nanoseconds; little-endian) and the bytes that were read at once. A line
 * may be spread over frames, and a frame may hold many lines.
 *
 * <p>A frame is appended by one writev(2). On a full disk a part of one may be written; a reader
 * skips to the next header.
 */
public final class LogFrames {
    /** The upper half of a header's first word; the lower half is the stream. */
    public static final int MAGIC = 0x4c470000;

    /** The most bytes a frame carries. */
    public static final int PAYLOAD_MAX = 16 * 1024;

    /** The bytes before a frame's own. */
    public static final int HEADER_SIZE = 24;

    private static final int STREAM_MAX = 2;
    private static final long NANOS = 1_000_000_000L;

    private LogFrames() {}

    /**
     * What a process wrote at one time.
     *
     * @param stream 1 for standard output and for a terminal, 2 for standard error
     */
    public record Frame(int stream, Instant time, byte[] bytes) {}

    /**
     * Frames with where to read on.
     *
     * @param next the offset after the last whole frame: where the next reading starts
     */
    public record Chunk(List<Frame> frames, long next) {
        public Chunk {
            frames = List.copyOf(frames);
        }
    }

    /**
     * Reads whole frames from an offset.
     *
     * @param bytesMax about how much to read at once; at least one frame is read, if there is one
     * @return no frames when nothing whole is there (yet) or no file is
     */
    public static Chunk read(Path log, long offset, int bytesMax) {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            int wanted = Math.max(bytesMax, HEADER_SIZE + PAYLOAD_MAX);
            int size = (int) Math.max(0, Math.min(wanted, channel.size() - offset));
            ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
                // until the buffer is full or the file ends
            }
            return decode(buffer.flip(), offset);
        } catch (NoSuchFileException e) {
            return new Chunk(List.of(), offset);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + log + ": " + e.getMessage(), e);
        }
    }

    /** Every frame of a file. */
    public static List<Frame> readAll(Path log) {
        List<Frame> frames = new ArrayList<>();
        long offset = 0;
        while (true) {
            Chunk chunk = read(log, offset, 1 << 20);
            frames.addAll(chunk.frames());
            if (chunk.next() == offset) {
                return frames;
            }
            offset = chunk.next();
        }
    }

    private static Chunk decode(ByteBuffer buffer, long offset) {
        List<Frame> frames = new ArrayList<>();
        int position = 0;
        while (buffer.limit() - position >= HEADER_SIZE) {
            if (!isHeader(buffer, position)) {
                position++;
                continue;
            }
            int length = buffer.getInt(position + 4);
            if (buffer.limit() - position - HEADER_SIZE < length) {
                break;
            }
            if (!mayBeginFrame(buffer, position + HEADER_SIZE + length)) {
                position++; // a torn frame: its length leads into the middle of another
                continue;
            }
            byte[] bytes = new byte[length];
            buffer.get(position + HEADER_SIZE, bytes);
            Instant time = Instant.ofEpochSecond(buffer.getLong(position + 8), buffer.getLong(position + 16));
            frames.add(new Frame(buffer.getInt(position) & 0xffff, time, bytes));
            position += HEADER_SIZE + length;
        }
        return new Chunk(frames, offset + position);
    }

    /** Whether the bytes there, as far as they are there, are a frame's first. */
    private static boolean mayBeginFrame(ByteBuffer buffer, int position) {
        if (buffer.limit() - position < Integer.BYTES) {
            return true;
        }
        return (buffer.getInt(position) & 0xffff0000) == MAGIC;
    }

    private static boolean isHeader(ByteBuffer buffer, int position) {
        int word = buffer.getInt(position);
        int stream = word & 0xffff;
        int length = buffer.getInt(position + 4);
        long nanos = buffer.getLong(position + 16);
        return (word & 0xffff0000) == MAGIC
                && stream >= 1
                && stream <= STREAM_MAX
                && length > 0
                && length <= PAYLOAD_MAX
                && nanos >= 0
                && nanos < NANOS;
    }
}
