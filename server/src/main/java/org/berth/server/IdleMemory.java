package org.berth.server;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back once the daemon is quiet again: a build or a bootstrap leaves a heap several
 * times as large as what is alive, and a serial collector only collects when it must. A collection
 * here takes tens of milliseconds, at a moment when nobody waits.
 */
final class IdleMemory implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(IdleMemory.class);
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

    private final LongSupplier used;
    private final Runnable collection;
    private Heap heap = new Heap(0, 0);

    /**
     * @param used bytes of the heap in use
     * @param collection collects
     */
    IdleMemory(LongSupplier used, Runnable collection) {
        this.used = used;
        this.collection = collection;
    }

    /** Twice: what is softly held (a signed jar's manifest, reflection's caches) ages by collections. */
    private static void collect() {
        System.gc();
        System.gc();
    }

    /** Looks at this process's heap every few seconds from now on. */
    static void watch(ScheduledExecutorService timer) {
        Runnable looks = new IdleMemory(IdleMemory::used, IdleMemory::collect);
        var unused = timer.scheduleWithFixedDelay(looks, PERIOD.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
    }

    /** One look; one at a time. Never throws: a timer gives up what does. */
    @Override
    public void run() {
        try {
            look();
        } catch (RuntimeException | Error e) {
            LOG.warn("the heap could not be looked at; tried again in {} s", PERIOD.toSeconds(), e);
        }
    }

    private void look() {
        long now = used.getAsLong();
        if (shouldCollect(heap, now)) {
            collection.run();
            now = used.getAsLong();
            heap = new Heap(now, now);
        } else {
            heap = new Heap(now, Math.min(now, heap.usedAfterCollection()));
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
