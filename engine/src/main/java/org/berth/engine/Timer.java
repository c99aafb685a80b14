package org.berth.engine;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's one clockwork: what is due runs on a virtual thread of its own. */
final class Timer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Timer.class);
    private final ScheduledThreadPoolExecutor executor;

    /** Something due later. */
    @FunctionalInterface
    interface Task {
        Task NONE = () -> {};

        /** Keeps it from running; one that has begun goes on. */
        void cancel();
    }

    Timer() {
        executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("engine-timer").factory());
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    Task after(Duration wait, String what, Runnable action) {
        var future = executor.schedule(() -> spawn(what, action), wait.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    Task every(Duration period, String what, Runnable action) {
        var future = executor.scheduleWithFixedDelay(
                guarded(what, action), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /** Runs it now, on a virtual thread. */
    static void spawn(String what, Runnable action) {
        Thread.ofVirtual().name(what).start(guarded(what, action));
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    private static Runnable guarded(String what, Runnable action) {
        return () -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.warn("{} failed", what, e);
            }
        };
    }
}
