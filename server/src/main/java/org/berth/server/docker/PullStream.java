package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.berth.base.Progress;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;

/**
 * A pull's or push's progress as docker's clients show it: one JSON message a line. The reply begins with the
 * first message, so that what fails at once still gets a status of its own.
 */
final class PullStream implements Progress, AutoCloseable {
    private static final int BAR_WIDTH = 50;

    private final Exchange exchange;
    private LiveStream stream;
    private boolean open;

    @SuppressWarnings("NullAway.Init") // the stream begins with the first message
    PullStream(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public synchronized void report(Step step) {
        send(message(step));
    }

    /** One step as a message. */
    static Map<String, Object> message(Step step) {
        JsonObject json = object().with("status", sentence(step.status()));
        if (step.total() > 0) {
            json.with(
                    "progressDetail",
                    object().with("current", step.current())
                            .with("total", step.total())
                            .map());
            json.with("progress", bar(step.current(), step.total()));
        } else if (step.current() > 0) {
            json.with("progressDetail", Map.of("current", step.current()));
        }
        if (!step.id().isEmpty()) {
            json.with("id", step.id());
        }
        return json.map();
    }

    synchronized void status(String text) {
        send(object().with("status", text).map());
    }

    /** What came of it, for programs. */
    synchronized void result(Map<String, Object> result) {
        send(object().with("progressDetail", Map.of()).with("aux", result).map());
    }

    /** Runs the work; a failure after the first message is a message, too. */
    void run(Runnable work) {
        try {
            work.run();
        } catch (BerthException e) {
            if (!begun()) {
                throw e;
            }
            fail(String.valueOf(e.getMessage()));
        }
    }

    /** Whether a message has gone out, so that a failure must be one, too. */
    private synchronized boolean begun() {
        return exchange.answered();
    }

    private synchronized void fail(String message) {
        send(object().with("errorDetail", Map.of("message", message))
                .with("error", message)
                .map());
    }

    /** A client that has gone ends nothing: the image comes, for the next who asks. */
    private void send(Map<String, Object> message) {
        if (!exchange.answered()) {
            stream = exchange.stream(200, "application/json");
            open = true;
        }
        if (!open) {
            return;
        }
        try {
            stream.write((Json.MAPPER.writeValueAsString(message) + "\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException e) {
            open = false;
        }
    }

    private static String sentence(String status) {
        return status.isEmpty() ? "" : status.substring(0, 1).toUpperCase(Locale.ROOT) + status.substring(1);
    }

    private static String bar(long current, long total) {
        int done = (int) Math.min(BAR_WIDTH, BAR_WIDTH * current / total);
        String bar = "=".repeat(Math.max(0, done - 1)) + ">";
        return String.format(Locale.ROOT, "[%-" + BAR_WIDTH + "s] %s/%s", bar, size(current), size(total));
    }

    private static String size(long bytes) {
        if (bytes < 1_000) {
            return bytes + "B";
        }
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%.1fkB", bytes / 1e3)
                : String.format(Locale.ROOT, "%.1fMB", bytes / 1e6);
    }

    @Override
    public synchronized void close() {
        if (open) {
            stream.close();
        }
    }
}
