package org.berth.image;

import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Pieces of work done side by side, all or none: the first failure ends the others. */
final class ParallelWork {
    private ParallelWork() {}

    /**
     * Runs the pieces on threads of their own and waits for all of them.
     *
     * @throws RuntimeException the first failure, once no piece runs any more
     */
    static void run(String action, List<Runnable> pieces, int atOnce) {
        try (ExecutorService threads = Executors.newFixedThreadPool(
                atOnce, Thread.ofPlatform().daemon().name(action, 0).factory())) {
            CompletionService<Boolean> done = new ExecutorCompletionService<>(threads);
            pieces.forEach(piece -> done.submit(piece, true));
            try {
                for (int i = 0; i < pieces.size(); i++) {
                    done.take().get();
                }
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Thread.currentThread().interrupt();
                throw new BerthException(ErrorCode.UNAVAILABLE, action + ": interrupted", e);
            }
        }
    }
}
