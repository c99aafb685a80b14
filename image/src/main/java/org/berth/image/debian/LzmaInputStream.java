package org.berth.image.debian;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** What an .xz stream unpacks to, by liblzma. One thread at a time may read. */
final class LzmaInputStream extends InputStream {
    private static final int BUFFER_BYTES = 1 << 17;

    /** {@code sizeof(lzma_stream)} and the offsets of what we set in it, on x86-64. */
    private static final int STREAM_BYTES = 136;

    private static final int NEXT_IN = 0;
    private static final int AVAILABLE_IN = 8;
    private static final int NEXT_OUT = 24;
    private static final int AVAILABLE_OUT = 32;

    private final LzmaLibrary library;
    private final InputStream packed;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stream = arena.allocate(STREAM_BYTES, 8);
    private final MemorySegment in = arena.allocate(BUFFER_BYTES);
    private final MemorySegment out = arena.allocate(BUFFER_BYTES);
    private final byte[] piece = new byte[BUFFER_BYTES];
    private int outStart;
    private int outEnd;
    private boolean packedEnded;
    private boolean ended;
    private boolean closed;

    LzmaInputStream(LzmaLibrary library, InputStream packed) throws IOException {
        this.library = library;
        this.packed = packed;
        int result = library.startDecoder(stream, (long) Xz.MEMORY_KB_MAX << 10);
        if (result != LzmaLibrary.OK) {
            arena.close();
            throw new IOException("liblzma refused to start: " + result);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (closed) {
            throw new IOException("the stream is closed");
        }
        while (outStart == outEnd && !ended) {
            decode();
        }
        if (length == 0 || (outStart == outEnd && ended)) {
            return length == 0 ? 0 : -1;
        }
        int count = Math.min(length, outEnd - outStart);
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, outStart, target, offset, count);
        outStart += count;
        return count;
    }

    private void decode() throws IOException {
        if (stream.get(ValueLayout.JAVA_LONG, AVAILABLE_IN) == 0 && !packedEnded) {
            int count = packed.read(piece, 0, BUFFER_BYTES);
            packedEnded = count < 0;
            MemorySegment.copy(piece, 0, in, ValueLayout.JAVA_BYTE, 0, Math.max(count, 0));
            stream.set(ValueLayout.ADDRESS, NEXT_IN, in);
            stream.set(ValueLayout.JAVA_LONG, AVAILABLE_IN, Math.max(count, 0));
        }
        stream.set(ValueLayout.ADDRESS, NEXT_OUT, out);
        stream.set(ValueLayout.JAVA_LONG, AVAILABLE_OUT, BUFFER_BYTES);
        int result = library.code(stream, packedEnded ? LzmaLibrary.FINISH : LzmaLibrary.RUN);
        outStart = 0;
        outEnd = BUFFER_BYTES - (int) stream.get(ValueLayout.JAVA_LONG, AVAILABLE_OUT);
        ended = result == LzmaLibrary.STREAM_END;
        if (result == LzmaLibrary.BUFFER_ERROR && packedEnded) {
            throw new EOFException("the .xz stream ends early");
        }
        if (result != LzmaLibrary.OK && !ended && result != LzmaLibrary.BUFFER_ERROR) {
            throw new IOException("the .xz stream is broken (liblzma's error " + result + ")");
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            library.end(stream);
            arena.close();
            packed.close();
        }
    }
}
