package org.berth.linux.path;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.ToLongFunction;

/** Memory outside the heap for read(2) and write(2); a few pieces are kept and lent. */
final class Buffers {
    static final int BUFFER_BYTES = 128 * 1024;
    private static final int KEPT_MAX = 16;
    private static final ArrayBlockingQueue<MemorySegment> KEPT = new ArrayBlockingQueue<>(KEPT_MAX);

    private Buffers() {}

    /** Lends a buffer to {@code use}, which must not keep it. */
    static long with(ToLongFunction<MemorySegment> use) {
        MemorySegment kept = KEPT.poll();
        MemorySegment buffer = kept == null ? Arena.ofAuto().allocate(BUFFER_BYTES, 16) : kept;
        try {
            return use.applyAsLong(buffer);
        } finally {
            KEPT.offer(buffer);
        }
    }
}
