package org.berth.runtime;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Exchanges two paths as fast as it can, until it is closed: what another container that shares a
 * folder does to win a race, without a system call to spare.
 */
final class Swapper implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int RENAME_EXCHANGE = 2;

    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicLong swaps = new AtomicLong();
    private final Thread thread;

    Swapper(Path one, Path other) {
        thread = Thread.ofPlatform().daemon().name("swapper").start(() -> swap(one.toString(), other.toString()));
    }

    private void swap(String one, String other) {
        try (Arena arena = Arena.ofConfined()) {
            long first = SystemCalls.text(arena, one).address();
            long second = SystemCalls.text(arena, other).address();
            while (!done.get()) {
                long result = SystemCalls.attempt(
                        SystemCallNumber.RENAMEAT2, AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
                if (result == 0) {
                    swaps.incrementAndGet();
                }
            }
        }
    }

    /** How often they were exchanged so far. */
    long swaps() {
        return swaps.get();
    }

    @Override
    public void close() {
        done.set(true);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
