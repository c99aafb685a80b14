package org.berth.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Optional;
import org.berth.engine.Containers.Frame;
import org.berth.runtime.LogFrames;

/** A pass over the frames of one log file, from its beginning; and how a frame is read off a buffer. */
final class LogScan {
    /** Holds several frames of the largest size. */
    static final int BUFFER_BYTES = 4 * (LogFrames.HEADER_SIZE + LogFrames.PAYLOAD_MAX);

    private static final int MAGIC_MASK = 0xffff0000;
    private static final long NANOS = 1_000_000_000L;

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
    private long offset;
    private long start;
    private Frame frame = new Frame(1, Instant.EPOCH, new byte[0]);

    LogScan(FileChannel channel) {
        this.channel = channel;
    }

    /** Goes to the next whole frame; false when there is none. */
    boolean next() throws IOException {
        if (!seek(buffer)) {
            refill();
        }
        if (!seek(buffer)) {
            return false;
        }
        start = endOffset();
        frame = decode(buffer).orElseThrow();
        return true;
    }

    Frame frame() {
        return frame;
    }

    /** Where this frame begins in the file. */
    long startOffset() {
        return start;
    }

    /** Where the next one begins. */
    long endOffset() {
        return offset - buffer.remaining();
    }

    private void refill() throws IOException {
        buffer.compact();
        int read = 1;
        while (buffer.hasRemaining() && read > 0) {
            read = channel.read(buffer, offset);
            offset += Math.max(0, read);
        }
        buffer.flip();
    }

    /** Takes the next whole frame off the buffer; empty when it holds none. */
    static Optional<Frame> decode(ByteBuffer from) {
        if (!seek(from)) {
            return Optional.empty();
        }
        ByteBuffer header = header(from);
        int stream = header.getInt(0) & ~MAGIC_MASK;
        byte[] bytes = new byte[header.getInt(4)];
        Instant time = Instant.ofEpochSecond(header.getLong(8), header.getLong(16));
        from.position(from.position() + LogFrames.HEADER_SIZE);
        from.get(bytes);
        return Optional.of(new Frame(stream, time, bytes));
    }

    /** Goes to the next header, past what a full disk left of a frame; whether a whole frame is there. */
    static boolean seek(ByteBuffer from) {
        while (from.remaining() >= LogFrames.HEADER_SIZE) {
            ByteBuffer header = header(from);
            if (isHeader(header)) {
                return from.remaining() >= LogFrames.HEADER_SIZE + header.getInt(4);
            }
            from.get();
        }
        return false;
    }

    private static boolean isHeader(ByteBuffer header) {
        int length = header.getInt(4);
        int stream = header.getInt(0) & ~MAGIC_MASK;
        long nanos = header.getLong(16);
        return (header.getInt(0) & MAGIC_MASK) == LogFrames.MAGIC
                && (stream == 1 || stream == 2)
                && length > 0
                && length <= LogFrames.PAYLOAD_MAX
                && nanos >= 0
                && nanos < NANOS;
    }

    private static ByteBuffer header(ByteBuffer from) {
        return from.slice(from.position(), LogFrames.HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }
}
