package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightTest {
    private static final int ASKERS = 5;

    private final InFlight<Integer> inFlight = new InFlight<>();

    @Test
    void sameWorkAtTheSameTimeIsDoneOnce() throws Exception {
        AtomicInteger done = new AtomicInteger();
        assertThat(ask(done::incrementAndGet)).containsOnly(1);
        assertThat(inFlight.once("key", () -> {}, done::incrementAndGet)).isEqualTo(2);
    }

    @Test
    void failureIsEveryonesAndIsNotKept() {
        assertThatThrownBy(() -> ask(() -> {
                    throw new IllegalStateException("no");
                }))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("no");
        assertThat(inFlight.once("key", () -> {}, () -> 7)).isEqualTo(7);
    }

    @Test
    void anotherDoesTheWorkOfWhoIsInterrupted() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> first = executor.submit(() -> inFlight.once("key", () -> {}, () -> {
                started.countDown();
                try {
                    new CountDownLatch(1).await();
                    return 1;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("cancelled", e);
                }
            }));
            started.await();
            Future<Integer> second = executor.submit(() -> inFlight.once("key", waiting::countDown, () -> 2));
            waiting.await();
            first.cancel(true);
            assertThat(second.get()).isEqualTo(2);
        }
    }

    /** One starts the work, which ends when all others wait for it. */
    private List<Integer> ask(Callable<Integer> work) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(ASKERS - 1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            answers.add(executor.submit(() -> inFlight.once("key", () -> {}, () -> {
                started.countDown();
                try {
                    waiting.await();
                    return work.call();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            })));
            started.await();
            for (int i = 1; i < ASKERS; i++) {
                answers.add(executor.submit(() -> inFlight.once("key", waiting::countDown, () -> -1)));
            }
            List<Integer> results = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                results.add(answer.get());
            }
            return results;
        }
    }
}
