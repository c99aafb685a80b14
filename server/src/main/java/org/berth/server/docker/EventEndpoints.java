package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.berth.base.Json;
import org.berth.engine.Engine;
import org.berth.engine.Events;
import org.berth.engine.Events.Event;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;

/** The node's events, past and to come. */
final class EventEndpoints {
    /** Events that wait for a slow client; one that lags further behind is cut off. */
    private static final int QUEUE_MAX = 4096;

    private static final Set<String> FILTERS =
            Set.of("type", "event", "container", "image", "network", "volume", "label", "label!", "scope", "daemon");

    private final Events events;
    private final InstantSource clock;

    EventEndpoints(Engine engine, InstantSource clock) {
        this.events = engine.events();
        this.clock = clock;
    }

    void register(Routes routes) {
        routes.add("GET", "/events", this::stream);
    }

    private void stream(Exchange exchange) throws Exception {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        Optional<Instant> since = Times.parse("since", exchange.query("since"));
        Optional<Instant> until = Times.parse("until", exchange.query("until"));
        BlockingQueue<Optional<Event>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
        try (AutoCloseable subscription = events.subscribe(event -> enqueue(queue, event));
                LiveStream stream = exchange.stream(200, "application/json")) {
            var watch = stream.gone().thenRun(() -> end(queue));
            Instant last = Instant.MIN;
            if (since.isPresent()) {
                last = replay(since.get(), until, filters, stream);
            }
            follow(queue, last, until, filters, stream);
            watch.cancel(false);
        }
    }

    private static void enqueue(BlockingQueue<Optional<Event>> queue, Event event) {
        if (!queue.offer(Optional.of(event))) {
            end(queue);
        }
    }

    private static void end(BlockingQueue<Optional<Event>> queue) {
        queue.clear();
        boolean ignored = queue.offer(Optional.empty());
    }

    /** Sends the kept ones; returns the time of the last. */
    private Instant replay(Instant since, Optional<Instant> until, Filters filters, LiveStream stream)
            throws IOException {
        Instant last = Instant.MIN;
        for (Event event : events.since(since)) {
            if (until.isPresent() && event.time().isAfter(until.get())) {
                break;
            }
            send(event, filters, stream);
            last = event.time();
        }
        return last;
    }

    private void follow(
            BlockingQueue<Optional<Event>> queue,
            Instant last,
            Optional<Instant> until,
            Filters filters,
            LiveStream stream)
            throws IOException, InterruptedException {
        while (true) {
            long wait = until.map(end -> Duration.between(clock.instant(), end).toMillis())
                    .orElse(Long.MAX_VALUE);
            Optional<Event> next = wait <= 0 ? null : queue.poll(wait, TimeUnit.MILLISECONDS);
            if (next == null || next.isEmpty()) {
                return;
            }
            if (next.get().time().isAfter(last)) {
                send(next.get(), filters, stream);
            }
        }
    }

    private static void send(Event event, Filters filters, LiveStream stream) throws IOException {
        if (fits(event, filters)) {
            stream.write((Json.MAPPER.writeValueAsString(json(event)) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    static boolean fits(Event event, Filters filters) {
        return filters.any("type", event.type()::equals)
                && filters.any(
                        "event",
                        action ->
                                event.action().equals(action) || event.action().startsWith(action + ":"))
                && thing(event, filters, "container")
                && thing(event, filters, "image")
                && thing(event, filters, "network")
                && thing(event, filters, "volume")
                && filters.labels(event.attributes());
    }

    private static boolean thing(Event event, Filters filters, String type) {
        return filters.any(
                type,
                ref -> (event.type().equals(type) && (event.id().startsWith(ref) || isNamed(event, "name", ref)))
                        || (type.equals("image") && isNamed(event, "image", ref)));
    }

    private static boolean isNamed(Event event, String attribute, String name) {
        return name.equals(event.attributes().get(attribute));
    }

    static Map<String, Object> json(Event event) {
        JsonObject json = object();
        if (event.type().equals("container")) {
            json.with("status", event.action())
                    .with("id", event.id())
                    .with("from", event.attributes().getOrDefault("image", ""));
        }
        return json.with("Type", event.type())
                .with("Action", event.action())
                .with(
                        "Actor",
                        object().with("ID", event.id())
                                .with("Attributes", event.attributes())
                                .map())
                .with("scope", "local")
                .with("time", event.time().getEpochSecond())
                .with(
                        "timeNano",
                        event.time().getEpochSecond() * 1_000_000_000L
                                + event.time().getNano())
                .map();
    }
}
