package org.berth.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerState.Health;
import org.berth.engine.ContainerState.Health.Probe;
import org.berth.engine.ContainerState.HealthStatus;

/** How probes make a container healthy or not. Pure. */
final class HealthRule {
    static final int PROBES_KEPT = 5;
    static final int OUTPUT_LENGTH_MAX = 4096;
    /** Docker's own, where none is given. */
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    static final Health NONE = new Health(HealthStatus.NONE, 0, List.of());
    static final Health STARTING = new Health(HealthStatus.STARTING, 0, List.of());

    private HealthRule() {}

    /** A failure within the start period does not count until one probe has succeeded. */
    static Health next(Health now, HealthCheck check, Instant started, Probe probe) {
        List<Probe> log = new ArrayList<>(now.log());
        log.add(probe);
        while (log.size() > PROBES_KEPT) {
            log.removeFirst();
        }
        if (probe.exitCode() == 0) {
            return new Health(HealthStatus.HEALTHY, 0, List.copyOf(log));
        }
        boolean grace =
                now.status() == HealthStatus.STARTING && probe.start().isBefore(started.plus(check.startPeriod()));
        int failures = grace ? now.failures() : now.failures() + 1;
        HealthStatus status = failures >= Math.max(1, check.retries()) ? HealthStatus.UNHEALTHY : now.status();
        return new Health(status, failures, List.copyOf(log));
    }

    /** The wait before the next probe. */
    static Duration wait(Health now, HealthCheck check, Instant started, Instant at) {
        boolean starting = now.status() == HealthStatus.STARTING && at.isBefore(started.plus(check.startPeriod()));
        return starting && check.startInterval().isPositive() ? check.startInterval() : interval(check);
    }

    private static Duration interval(HealthCheck check) {
        return check.interval().isPositive() ? check.interval() : INTERVAL;
    }
}
