package org.berth.server.projects;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work with a client that watches. The work runs on a thread of its own and goes on when the client
 * is slow: what it reports waits in a bounded queue, and is dropped where that is full, but for what
 * the client must know. When the client goes away, work that is settled goes on; other work is called
 * off.
 */
final class WorkStream {
    private static final Logger LOG = LoggerFactory.getLogger(WorkStream.class);
    private static final int QUEUE_MAX = 4096;

    /** How often one thing's progress is told. */
    private static final long STEP_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(100);

    /** The longest that a lost wake-up can delay the last record. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final BlockingQueue<Optional<Report.Record>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final CompletableFuture<Report.Record> last = new CompletableFuture<>();
    private final Map<String, Long> told = new HashMap<>();

    private WorkStream() {}

    /** Work that ends with a result. */
    @FunctionalInterface
    interface Work {
        Report.Result run(Report report) throws Exception;
    }

    /** Work that ends with its client until it is settled. */
    @FunctionalInterface
    interface RecallableWork {
        Report.Result run(Report report, Recall recall) throws Exception;
    }

    /** Runs the work, which goes on without the client, and sends its records for as long as that listens. */
    static void run(Exchange exchange, String name, Work work) throws IOException, InterruptedException {
        runRecallable(exchange, name, (report, recall) -> {
            recall.settle();
            return work.run(report);
        });
    }

    /** Runs the work and sends its records; calls it off when the client goes before it is settled. */
    static void runRecallable(Exchange exchange, String name, RecallableWork work)
            throws IOException, InterruptedException {
        WorkStream stream = new WorkStream();
        CompletableFuture<Recall> recall = new CompletableFuture<>();
        Thread worker = Thread.ofVirtual().name(name).unstarted(() -> stream.work(name, work, recall.join()));
        recall.complete(new Recall(worker));
        worker.start();
        stream.send(exchange, recall.join());
    }

    private void work(String name, RecallableWork work, Recall recall) {
        try {
            last.complete(work.run(this::offer, recall));
        } catch (Exception | Error e) {
            if (recall.isCalled()) {
                LOG.info("{} was called off: its client went away before anything was changed", name);
                last.complete(Report.Failure.of(
                        new BerthException(ErrorCode.FAILED, name + " was called off", e),
                        Optional.empty(),
                        List.of()));
            } else {
                last.complete(failure(name, e));
            }
        }
    }

    private static Report.Failure failure(String name, Throwable failure) {
        return switch (failure) {
            case ServiceFailure e -> Report.Failure.of(e.error(), Optional.of(e.service()), e.log());
            case BerthException e -> Report.Failure.of(e, Optional.empty(), List.of());
            default -> {
                LOG.error("{}", name, failure);
                String words = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
                yield Report.Failure.of(
                        new BerthException(ErrorCode.INTERNAL, words, failure), Optional.empty(), List.of());
            }
        };
    }

    private synchronized void offer(Report.Record record) {
        if (record instanceof Report.Step step && isTooSoon(step)) {
            return;
        }
        while (!queue.offer(Optional.of(record))) {
            if (!(record instanceof Report.Settled)) {
                LOG.debug("a slow client misses {}", record);
                return;
            }
            LOG.debug("a slow client misses {}", queue.poll());
        }
    }

    /** A measure that grows is told now and then; its end, and a new status, always. */
    private boolean isTooSoon(Report.Step step) {
        if (step.total() == 0 || step.current() >= step.total()) {
            return false;
        }
        String key = step.subject() + "\n" + step.id() + "\n" + step.status();
        long now = System.nanoTime();
        Long before = told.get(key);
        if (before != null && now - before < STEP_NANOS_MIN) {
            return true;
        }
        if (told.size() >= QUEUE_MAX) {
            told.clear();
        }
        told.put(key, now);
        return false;
    }

    private void send(Exchange exchange, Recall recall) throws IOException, InterruptedException {
        try (LiveStream stream = exchange.stream(200, "application/x-ndjson")) {
            stream.gone().thenRun(recall::call).thenRun(this::ring);
            last.thenRun(this::ring);
            while (!stream.gone().isDone()) {
                Optional<Report.Record> next = next();
                if (next.isPresent()) {
                    stream.write(line(next.get()));
                } else if (last.isDone() && queue.isEmpty()) {
                    stream.write(line(last.join()));
                    return;
                }
            }
        }
    }

    /** Wakes the sender; a full queue keeps it awake anyway. */
    private void ring() {
        boolean ignored = queue.offer(Optional.empty());
    }

    private Optional<Report.Record> next() throws InterruptedException {
        Optional<Report.Record> next = queue.poll(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        return next == null ? Optional.empty() : next;
    }

    static byte[] line(Report.Record record) {
        byte[] json = Json.MAPPER.writeValueAsBytes(record);
        byte[] line = new byte[json.length + 1];
        System.arraycopy(json, 0, line, 0, json.length);
        line[json.length] = '\n';
        return line;
    }
}
