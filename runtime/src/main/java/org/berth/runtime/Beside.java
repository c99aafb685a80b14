package org.berth.runtime;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Work on a thread of its own, beside the caller's. Closing it waits for its end: nothing goes on unseen. */
final class Beside implements AutoCloseable {
    /** No work. */
    static final Beside NOTHING = new Beside(CompletableFuture.completedFuture(null));

    private final CompletableFuture<Void> work;

    private Beside(CompletableFuture<Void> work) {
        this.work = work;
    }

    static Beside begin(Runnable work) {
        return new Beside(CompletableFuture.runAsync(
                work, task -> Thread.ofVirtual().name("beside").start(task)));
    }

    /** Waits for its end. Throws what it threw. */
    void join() {
        try {
            work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Waits for its end, whatever it is. */
    @Override
    public void close() {
        work.handle((nothing, failure) -> nothing).join();
    }
}
