package org.berth.builder;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Work by key: who asks for work that is being done waits for its result, or its failure. */
final class InFlight<T> {
    private final Map<String, CompletableFuture<T>> running = new ConcurrentHashMap<>();

    /**
     * Does the work, or waits for it.
     *
     * @param waiting told when another is doing it
     */
    T once(String key, Runnable waiting, Supplier<T> work) {
        CompletableFuture<T> mine = new CompletableFuture<>();
        CompletableFuture<T> theirs = running.putIfAbsent(key, mine);
        if (theirs != null) {
            waiting.run();
            return join(theirs);
        }
        try {
            T result = work.get();
            mine.complete(result);
            return result;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            running.remove(key, mine);
        }
    }

    private static <T> T join(CompletableFuture<T> theirs) {
        try {
            return theirs.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
