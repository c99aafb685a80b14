package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.runtime.ContainerRuntime.Usage;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;

/** What containers use, and their processes. */
final class UsageEndpoints {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Containers containers;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;

    /** @param timer waits between two samples */
    UsageEndpoints(Engine engine, InstantSource clock, ScheduledExecutorService timer) {
        this.containers = engine.containers();
        this.clock = clock;
        this.timer = timer;
    }

    void register(Routes routes) {
        routes.add("GET", "/containers/{name}/stats", this::stats).add("GET", "/containers/{name}/top", this::top);
    }

    /** One sample of usage with what the whole host used until then. */
    private record Sample(Instant time, Optional<Usage> usage, long hostNanos) {}

    private void stats(Exchange exchange) throws Exception {
        ContainerState state = containers.get(exchange.parameter("name"));
        if (!exchange.flag("stream", true)) {
            Sample first = sample(state.id());
            Sample second = first;
            if (!exchange.flag("one-shot") && first.usage().isPresent()) {
                second = timer.schedule(() -> sample(state.id()), PERIOD.toMillis(), TimeUnit.MILLISECONDS)
                        .get();
            }
            exchange.json(200, json(state, first, second));
            return;
        }
        try (LiveStream stream = exchange.stream(200, "application/json")) {
            Sample before = sample(state.id());
            while (!stream.gone().isDone() && containers.find(state.id()).isPresent()) {
                Sample now = sample(state.id());
                stream.write(Json.MAPPER.writeValueAsBytes(json(state, before, now)));
                stream.write('\n');
                before = now;
                pause(stream);
            }
        }
    }

    private static void pause(LiveStream stream) throws InterruptedException {
        try {
            stream.gone().get(PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // the client is still there
        }
    }

    private Sample sample(String id) {
        return new Sample(clock.instant(), containers.usage(id), hostNanos());
    }

    private static Map<String, Object> json(ContainerState state, Sample before, Sample now) {
        return object().with("read", Times.text(now.time()))
                .with("preread", Times.text(before.time()))
                .with("id", state.id())
                .with("name", "/" + state.name())
                .with("num_procs", 0)
                .with(
                        "pids_stats",
                        now.usage().isEmpty()
                                ? Map.of()
                                : Map.of("current", now.usage().get().pids()))
                .with("cpu_stats", processor(now))
                .with("precpu_stats", processor(before))
                .with("memory_stats", memory(now))
                .with("blkio_stats", Map.of())
                .with("storage_stats", Map.of())
                .with("networks", InterfaceCounters.of(state.pid()))
                .map();
    }

    private static Map<String, Object> processor(Sample sample) {
        long nanos = sample.usage().map(Usage::cpuNanos).orElse(0L);
        long throttled = sample.usage().map(Usage::throttledPeriods).orElse(0L);
        return object().with(
                        "cpu_usage",
                        object().with("total_usage", nanos)
                                .with("usage_in_kernelmode", 0)
                                .with("usage_in_usermode", nanos)
                                .map())
                .with("system_cpu_usage", sample.hostNanos())
                .with("online_cpus", Runtime.getRuntime().availableProcessors())
                .with(
                        "throttling_data",
                        object().with("periods", 0)
                                .with("throttled_periods", throttled)
                                .with("throttled_time", 0)
                                .map())
                .map();
    }

    private static Map<String, Object> memory(Sample sample) {
        if (sample.usage().isEmpty()) {
            return Map.of();
        }
        Usage usage = sample.usage().get();
        long limit = usage.memoryLimitBytes() > 0 ? usage.memoryLimitBytes() : HostFacts.memoryBytes();
        return object().with("usage", usage.memoryBytes())
                .with("limit", Math.min(limit, HostFacts.memoryBytes()))
                .with("stats", Map.of())
                .map();
    }

    /** Processor time of all since boot: the first line of /proc/stat, in ticks of 10 ms (proc_stat(5)). */
    private static long hostNanos() {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            String[] words = lines.findFirst().orElse("").trim().split("\\s+");
            long ticks = 0;
            for (int i = 1; i < Math.min(words.length, 8); i++) {
                ticks += Long.parseLong(words[i]);
            }
            return ticks * 10_000_000L;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void top(Exchange exchange) {
        ContainerState state = containers.get(exchange.parameter("name"));
        exchange.query("ps_args")
                .filter(arguments -> !arguments.equals(ProcessTable.ARGUMENTS))
                .ifPresent(arguments -> {
                    throw new BerthException(
                            ErrorCode.UNSUPPORTED,
                            "top with \"" + arguments + "\" is not implemented by Berth: it shows the columns of "
                                    + ProcessTable.ARGUMENTS);
                });
        if (state.status() != ContainerState.Status.RUNNING && state.status() != ContainerState.Status.PAUSED) {
            throw new BerthException(ErrorCode.CONFLICT, "container " + state.id() + " is not running");
        }
        List<List<String>> rows = new ArrayList<>();
        for (long pid : containers.processes(state.id())) {
            ProcessTable.row(pid, clock.instant()).ifPresent(rows::add);
        }
        exchange.json(
                200,
                object().with("Titles", ProcessTable.TITLES)
                        .with("Processes", rows)
                        .map());
    }
}
