package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.BuildGraph.Node;

/**
 * Does a graph's steps: each as soon as what it needs is done, a bounded number at the same time. The first that fails ends
 * the others.
 */
final class GraphRun {
    private static final int STEPS_AT_ONCE_MAX =
            Math.max(2, Runtime.getRuntime().availableProcessors());

    private final BuildGraph graph;
    private final Work work;
    private final Semaphore workers = new Semaphore(STEPS_AT_ONCE_MAX);
    private final List<CompletableFuture<Made>> made = new ArrayList<>();
    private final CompletableFuture<Made> end = new CompletableFuture<>();

    GraphRun(BuildGraph graph, Work work) {
        this.graph = graph;
        this.work = work;
        graph.nodes().forEach(_ -> made.add(new CompletableFuture<>()));
    }

    /**
     * What a step and those below it made.
     *
     * @param layers diff ids, the lowest first
     * @param history how each layer was made
     * @param created when the topmost was
     */
    record Made(List<String> layers, List<String> history, Instant created) {
        Made {
            layers = List.copyOf(layers);
            history = List.copyOf(history);
        }
    }

    /** Does one step; what it needs is done. */
    @FunctionalInterface
    interface Work {
        Made make(Node node, List<Made> all);
    }

    /**
     * Does all.
     *
     * @return what each node made
     */
    List<Made> run() {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int number = 0; number < graph.nodes().size(); number++) {
                int node = number;
                executor.execute(() -> step(node));
            }
            CompletableFuture<Void> whole = CompletableFuture.allOf(made.toArray(CompletableFuture[]::new))
                    .thenRun(() -> end.complete(made.get(graph.result()).join()));
            try {
                end.get();
                whole.join();
                return made.stream().map(CompletableFuture::join).toList();
            } catch (InterruptedException e) {
                executor.shutdownNow();
                Uninterrupted.run(executor::close);
                Thread.currentThread().interrupt();
                throw new BerthException(ErrorCode.FAILED, "the build was cancelled", e);
            } catch (ExecutionException e) {
                executor.shutdownNow();
                Uninterrupted.run(executor::close);
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void step(int number) {
        Node node = graph.nodes().get(number);
        try {
            for (int need : node.needs()) {
                made.get(need).get();
            }
            workers.acquire();
            try {
                made.get(number).complete(work.make(node, done(node)));
            } finally {
                workers.release();
            }
        } catch (InterruptedException | CancellationException | ExecutionException e) {
            made.get(number).cancel(false); // another step's end is the build's end
        } catch (RuntimeException | Error e) {
            end.completeExceptionally(e);
            made.get(number).cancel(false);
        }
    }

    /** Results by node; of those that the step does not need, none. */
    private List<Made> done(Node node) {
        List<Made> done = new ArrayList<>();
        for (int i = 0; i < made.size(); i++) {
            done.add(node.needs().contains(i) ? made.get(i).join() : new Made(List.of(), List.of(), Instant.EPOCH));
        }
        return done;
    }
}
