package org.berth.builder;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Work by key: who asks for work that is being done waits for its result, or its failure; where it was interrupted, another does it. */
final class InFlight<T> {
    private final Map<String, CompletableFuture<T>> running = new ConcurrentHashMap<>();

    /**
     * Does the work, or waits for it.
     *
     * @param waiting told when another is doing it
     */
    T once(String key, Runnable waiting, Supplier<T> work) {
        while (true) {
            CompletableFuture<T> mine = new CompletableFuture<>();
            CompletableFuture<T> theirs = running.putIfAbsent(key, mine);
            if (theirs == null) {
                return done(key, mine, work);
            }
            waiting.run();
            try {
                return theirs.get();
            } catch (CancellationException e) {
                running.remove(key, theirs); // who did it was told to end: another does it
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BerthException(ErrorCode.FAILED, "cancelled while another build did the step", e);
            }
        }
    }

    private T done(String key, CompletableFuture<T> mine, Supplier<T> work) {
        try {
            T result = work.get();
            mine.complete(result);
            return result;
        } catch (RuntimeException | Error e) {
            if (Thread.currentThread().isInterrupted()) {
                mine.cancel(false);
            } else {
                mine.completeExceptionally(e);
            }
            throw e;
        } finally {
            running.remove(key, mine);
        }
    }
}
