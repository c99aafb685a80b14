package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.berth.base.Progress;
import org.berth.builder.Builder;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;

/** A build's messages as docker's classic client shows them: one JSON message a line. */
final class BuildStream implements Progress, AutoCloseable {
    private static final Pattern STEP = Pattern.compile("(.* )?\\d+/\\d+");

    private final LiveStream stream;
    private final boolean quiet;
    private final AtomicBoolean done = new AtomicBoolean();

    BuildStream(Exchange exchange, boolean quiet) {
        this.stream = exchange.stream(200, "application/json");
        this.quiet = quiet;
    }

    @Override
    public void report(Step step) {
        if (quiet) {
            return;
        }
        if (Builder.printer(step).isPresent()) {
            send(Map.of("stream", step.status() + "\n"));
        } else if (step.id().equals(Builder.WARNING)) {
            send(Map.of("stream", "[Warning] " + step.status() + "\n"));
        } else if (STEP.matcher(step.id()).matches()) {
            step(step);
        } else if (step.total() > 0) {
            send(PullStream.message(step));
        } else {
            send(Map.of("stream", (step.id().isEmpty() ? "" : step.id() + ": ") + step.status() + "\n"));
        }
    }

    /** As the classic builder says it: "Using cache" on a line of its own, and nothing of a step's end. */
    private void step(Step step) {
        if (step.status().equals(Builder.DONE) || step.status().equals(Builder.FAILED)) {
            return;
        }
        boolean cached = step.status().endsWith(Builder.CACHED);
        String text =
                cached ? step.status().substring(0, step.status().length() - Builder.CACHED.length()) : step.status();
        send(Map.of("stream", "Step " + step.id() + " : " + text + "\n"));
        if (cached) {
            send(Map.of("stream", " ---> Using cache\n"));
        }
    }

    /** Runs the work; a client that has gone ends it. */
    void run(Runnable work) {
        Thread worker = Thread.currentThread();
        stream.gone().thenRun(() -> {
            if (!done.get()) {
                worker.interrupt();
            }
        });
        try {
            work.run();
        } catch (BerthException e) {
            String message = String.valueOf(e.getMessage());
            send(object().with("errorDetail", Map.of("code", e.code().exitCode(), "message", message))
                    .with("error", message)
                    .map());
        } finally {
            done.set(true);
        }
    }

    /** The image's id, for programs; with -q for people, too. */
    void result(String id) {
        send(Map.of("aux", Map.of("ID", id)));
        if (quiet) {
            send(Map.of("stream", id + "\n"));
        }
    }

    void say(String line) {
        if (!quiet) {
            send(Map.of("stream", line + "\n"));
        }
    }

    @Override
    public void close() {
        stream.close();
    }

    private synchronized void send(Map<String, ?> message) {
        try {
            stream.write((Json.MAPPER.writeValueAsString(message) + "\r\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // it is told by gone()
        }
    }
}
