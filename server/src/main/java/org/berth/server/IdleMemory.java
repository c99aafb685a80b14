package org.berth.server;

import java.time.Duration;

/**
 * Gives memory back once the daemon is quiet again: a build or a bootstrap leaves a heap several
 * times as large as what is alive, and a serial collector only collects when it must. A collection
 * here takes tens of milliseconds, at a moment when nobody waits.
 */
final class IdleMemory implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final long QUIET_BYTES_MAX = 2L << 20;
    private static final long WORTHWHILE_BYTES_MIN = 16L << 20;

    /** What was seen at the last look, and after the last collection. */
    record Heap(long usedBefore, long usedAfterCollection) {}

    /** Whether to collect: hardly anything was allocated since the last look, and much since the last collection. */
    static boolean shouldCollect(Heap heap, long usedNow) {
        return Math.abs(usedNow - heap.usedBefore()) < QUIET_BYTES_MAX
                && usedNow - heap.usedAfterCollection() > WORTHWHILE_BYTES_MIN;
    }

    /** Looks every few seconds, for as long as the daemon lives. */
    @Override
    public void run() {
        Heap heap = new Heap(0, 0);
        try {
            while (true) {
                Thread.sleep(PERIOD);
                long used = used();
                if (shouldCollect(heap, used)) {
                    System.gc();
                    heap = new Heap(used(), used());
                } else {
                    heap = new Heap(used, Math.min(used, heap.usedAfterCollection()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the daemon ends
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
