package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Containers.Streams;
import org.berth.engine.Containers.WaitCondition;
import org.berth.engine.Engine;
import org.berth.runtime.ExitStatus;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;

/** Wait, logs and attach: replies that go on as long as a container does. */
final class StreamEndpoints {
    private final Containers containers;

    StreamEndpoints(Engine engine) {
        this.containers = engine.containers();
    }

    void register(Routes routes) {
        routes.add("POST", "/containers/{name}/wait", this::waitFor)
                .add("GET", "/containers/{name}/logs", this::logs)
                .add("POST", "/containers/{name}/attach", this::attach);
    }

    /** The head goes out at once: docker run waits for it before it starts the container. */
    private void waitFor(Exchange exchange) throws IOException {
        WaitCondition condition = condition(exchange.query("condition").orElse("not-running"));
        ContainerState state = containers.get(exchange.parameter("name"));
        CompletableFuture<ExitStatus> exit = containers.await(state.id(), condition);
        try (LiveStream stream = exchange.stream(200, "application/json")) {
            CompletableFuture.anyOf(exit, stream.gone())
                    .exceptionally(failure -> "")
                    .join();
            if (exit.isDone()) {
                stream.write(Json.MAPPER.writeValueAsBytes(outcome(exit)));
            }
        }
    }

    static WaitCondition condition(String text) {
        return switch (text) {
            case "not-running" -> WaitCondition.NOT_RUNNING;
            case "next-exit" -> WaitCondition.NEXT_EXIT;
            case "removed" -> WaitCondition.REMOVED;
            default -> throw new BerthException(ErrorCode.INVALID, "invalid condition: \"" + text + "\"");
        };
    }

    private static Map<String, Object> outcome(CompletableFuture<ExitStatus> exit) {
        try {
            return object().with("StatusCode", exit.join().code()).map();
        } catch (CompletionException | CancellationException e) {
            String message = String.valueOf(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            return object().with("StatusCode", 125)
                    .with("Error", Map.of("Message", message))
                    .map();
        }
    }

    private void logs(Exchange exchange) throws IOException {
        ContainerState state = containers.get(exchange.parameter("name"));
        LogQuery query = query(exchange, exchange.flag("follow"));
        if (!query.stdout() && !query.stderr()) {
            throw new BerthException(ErrorCode.INVALID, "Bad parameters: you must choose at least one stream");
        }
        boolean raw = state.request().terminal();
        try (LiveStream stream = exchange.stream(200, OutputFrames.contentType(raw))) {
            OutputFrames frames = new OutputFrames(stream, raw, exchange.flag("timestamps"));
            LogFollower.follow(containers, state.id(), query, stream.gone(), frames::write);
        }
    }

    private static LogQuery query(Exchange exchange, boolean follow) {
        Optional<Instant> since = Times.parse("since", exchange.query("since"));
        Optional<Instant> until = Times.parse("until", exchange.query("until"));
        Optional<Integer> tail =
                exchange.query("tail").filter(text -> !text.equals("all")).flatMap(text -> exchange.number("tail"));
        return new LogQuery(
                exchange.flag("stdout"),
                exchange.flag("stderr"),
                follow,
                tail.filter(lines -> lines >= 0),
                since,
                until);
    }

    private void attach(Exchange exchange) throws IOException {
        ContainerState state = containers.get(exchange.parameter("name"));
        StreamBridge.Wanted wanted = new StreamBridge.Wanted(
                exchange.flag("stdin") && state.request().openInput(),
                exchange.flag("stdout"),
                exchange.flag("stderr"));
        boolean raw = state.request().terminal();
        if (!exchange.flag("stream")) {
            replay(exchange, state, wanted, raw);
            return;
        }
        Streams streams = containers.attach(state.id(), exchange.flag("logs"));
        try {
            StreamBridge.run(streams, exchange.hijack(OutputFrames.contentType(raw)), wanted);
        } catch (BerthException e) {
            streams.close();
            throw e;
        }
    }

    private void replay(Exchange exchange, ContainerState state, StreamBridge.Wanted wanted, boolean raw)
            throws IOException {
        LogQuery query = new LogQuery(
                wanted.output(), wanted.error(), false, Optional.empty(), Optional.empty(), Optional.empty());
        try (var client = exchange.hijack(OutputFrames.contentType(raw))) {
            if (exchange.flag("logs")) {
                OutputFrames frames = new OutputFrames(client.output(), raw, false);
                LogFollower.follow(containers, state.id(), query, new CompletableFuture<>(), frames::write);
            }
        }
    }
}
