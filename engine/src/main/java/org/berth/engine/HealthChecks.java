package org.berth.engine;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerState.Health;
import org.berth.engine.ContainerState.Health.Probe;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers.ExecRequest;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ExitStatus;
import org.berth.runtime.LogFrames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the health checks of running containers when they are due; a thread lives only as long as a probe. */
final class HealthChecks {
    private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);
    private static final int TIMED_OUT = -1;
    private static final Duration KILL_WAIT = Duration.ofSeconds(5);
    private static final Duration INTERVAL_MIN = Duration.ofMillis(1);

    private final Node node;
    private final Execs execs;

    HealthChecks(Node node, Execs execs) {
        this.node = node;
        this.execs = execs;
    }

    /** A run has begun: under the container's lock. */
    void begin(LiveContainer container, Instant started) {
        begin(container, started, HealthStatus.STARTING);
    }

    /** A run goes on that an earlier daemon began: it stays as healthy as it was. */
    void resume(LiveContainer container, Instant started) {
        begin(container, started, container.progress().health());
    }

    private void begin(LiveContainer container, Instant started, HealthStatus status) {
        Optional<HealthCheck> check = container
                .record()
                .request()
                .healthCheck()
                .filter(each -> !each.test().isEmpty());
        HealthStatus first = check.isEmpty() ? HealthStatus.NONE : status;
        container.health(new Health(first, 0, List.of()));
        if (container.progress().health() != first) {
            container.store(container.progress().withHealth(first));
        }
        check.ifPresent(each -> schedule(container, container.run(), each, started));
    }

    private void schedule(LiveContainer container, Run run, HealthCheck check, Instant started) {
        Duration wait =
                HealthRule.wait(container.health(), check, started, node.clock().instant());
        container.due(node.timer()
                .after(
                        wait.compareTo(INTERVAL_MIN) < 0 ? INTERVAL_MIN : wait,
                        "health of " + container.id(),
                        () -> probe(container, run, check, started)));
    }

    private void probe(LiveContainer container, Run run, HealthCheck check, Instant started) {
        if (container.progress().status() == Status.PAUSED) {
            again(container, run, check, started);
            return;
        }
        Probe probe = run(container, check);
        container.lock.lock();
        try {
            if (container.run() != run || !container.active()) {
                return;
            }
            Health before = container.health();
            Health after = HealthRule.next(before, check, started, probe);
            container.health(after);
            if (before.status() != after.status()) {
                container.store(container.progress().withHealth(after.status()));
                node.events()
                        .add(
                                container,
                                "health_status: " + after.status().name().toLowerCase(Locale.ROOT),
                                Map.of());
            }
            schedule(container, run, check, started);
        } finally {
            container.lock.unlock();
        }
    }

    private void again(LiveContainer container, Run run, HealthCheck check, Instant started) {
        container.lock.lock();
        try {
            if (container.run() == run && container.active()) {
                schedule(container, run, check, started);
            }
        } finally {
            container.lock.unlock();
        }
    }

    private Probe run(LiveContainer container, HealthCheck check) {
        Instant start = node.clock().instant();
        LiveExec exec = execs.make(
                container, new ExecRequest(check.test(), List.of(), Optional.empty(), Optional.empty(), false, false));
        try {
            StartedProcess process = execs.startUnread(exec);
            int code = await(process, check.timeout());
            String output = code == TIMED_OUT
                    ? "health check did not end within " + check.timeout().toMillis() + " ms"
                    : output(exec);
            return new Probe(start, node.clock().instant(), code, output);
        } catch (RuntimeException e) {
            LOG.debug("health check of {}", container.id(), e);
            return new Probe(start, node.clock().instant(), TIMED_OUT, String.valueOf(e.getMessage()));
        } finally {
            execs.over(exec, 0);
        }
    }

    /** A probe that takes too long is killed, and its end waited for. */
    private static int await(StartedProcess process, Duration timeout) {
        try {
            Duration bound = timeout.isPositive() ? timeout : Duration.ofSeconds(30);
            return process.exit().get(bound.toMillis(), TimeUnit.MILLISECONDS).code();
        } catch (TimeoutException e) {
            Processes.kill(process.pid());
            process.exit()
                    .copy()
                    .completeOnTimeout(
                            new ExitStatus(TIMED_OUT, false, Instant.EPOCH),
                            KILL_WAIT.toMillis(),
                            TimeUnit.MILLISECONDS)
                    .join();
            return TIMED_OUT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return TIMED_OUT;
        } catch (ExecutionException e) {
            return TIMED_OUT;
        }
    }

    private static String output(LiveExec exec) {
        StringBuilder text = new StringBuilder();
        for (LogFrames.Frame frame :
                LogFrames.read(exec.log(), 0, HealthRule.OUTPUT_LENGTH_MAX).frames()) {
            text.append(new String(frame.bytes(), StandardCharsets.UTF_8));
        }
        text.setLength(Math.min(text.length(), HealthRule.OUTPUT_LENGTH_MAX));
        return text.toString();
    }
}
