package org.berth.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The same work for every item, by several workers at once. */
final class Workers {
    private Workers() {}

    interface Work<T, R> {
        R on(T item) throws Exception;
    }

    /** @return the results, in the order of the items */
    static <T, R> List<R> run(int workers, List<T> items, Work<T, R> work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(workers)) {
            List<Future<R>> futures = new ArrayList<>();
            for (T item : items) {
                futures.add(executor.submit(() -> work.on(item)));
            }
            List<R> results = new ArrayList<>();
            for (Future<R> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }
}
