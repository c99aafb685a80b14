package org.berth.image.debian;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Work on every item at once, each on a virtual thread; what is scarce, the work itself bounds. */
final class Parallel {
    private Parallel() {}

    /**
     * @return results in the items' order
     * @throws RuntimeException the first failure, after all other work was interrupted and ended
     */
    static <T, R> List<R> map(List<T> items, Function<T, R> work) {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletionService<R> service = new ExecutorCompletionService<>(executor);
            List<Future<R>> futures = new ArrayList<>();
            items.forEach(item -> futures.add(service.submit(() -> work.apply(item))));
            try {
                for (int done = 0; done < items.size(); done++) {
                    service.take().get();
                }
                return futures.stream().map(Future::resultNow).toList();
            } catch (ExecutionException e) {
                executor.shutdownNow();
                throw failure(Optional.ofNullable(e.getCause()).orElse(e));
            } catch (InterruptedException e) {
                executor.shutdownNow();
                Thread.currentThread().interrupt();
                throw new BerthException(ErrorCode.UNAVAILABLE, "interrupted", e);
            }
        }
    }

    private static RuntimeException failure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }
}
