package org.berth.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRecord.Progress;
import org.berth.engine.ContainerState.Status;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ExitStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a container's life goes from one state to the next, whoever moves it. */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    /** What docker gives for a container that is found to run no more after the machine was started anew. */
    private static final int LOST = 255;

    private final Node node;
    private final Launcher launcher;
    private final Execs execs;
    private final HealthChecks health;
    private final Removal removal;
    private volatile boolean closed;

    Lifecycle(Node node, Launcher launcher, Execs execs, HealthChecks health, Removal removal) {
        this.node = node;
        this.launcher = launcher;
        this.execs = execs;
        this.health = health;
        this.removal = removal;
    }

    /** A user's start. */
    void start(LiveContainer container) {
        container.lock.lock();
        try {
            switch (container.progress().status()) {
                case RUNNING, PAUSED ->
                    throw new BerthException(
                            ErrorCode.NOT_MODIFIED,
                            "container " + container.record().name() + " is already running");
                case REMOVING, DEAD -> throw removing(container);
                default -> {
                    container.due(Timer.Task.NONE);
                    begin(container, container.progress().fresh());
                }
            }
        } finally {
            container.lock.unlock();
        }
    }

    /** Launches it; a failure is in its record. Under the lock. */
    private void begin(LiveContainer container, Progress from) {
        try {
            Launcher.Launched launched = launcher.launch(container);
            container.holds(true);
            Instant now = node.clock().instant();
            container.networks(launched.networks());
            container.process(Optional.of(launched.process()));
            container.store(container.record().withPorts(launched.ports()).with(from.running(now)));
            container.run().started(launched.input(), launched.process().terminal());
            node.events().add(container, "start", Map.of());
            health.begin(container, now);
            watch(container, launched.process());
        } catch (RuntimeException e) {
            StartFailure failure = StartFailure.of(e);
            if (container.process().isPresent()) { // it runs, but could not be recorded
                container.process(Optional.empty());
                container.networks(Map.of());
                removal.letGo(container);
            }
            container.store(from.failed(failure.exitCode(), failure.message()));
            container.endRun();
            node.logs().ring(container.folder());
            container.waiters.ended(
                    new ExitStatus(failure.exitCode(), false, node.clock().instant()));
            if (container.record().request().autoRemove()) {
                removal.remove(container, true); // docker run waits for its removal before it says why
            }
            throw failure.exception();
        }
    }

    private void watch(LiveContainer container, StartedProcess process) {
        var _ = process.exit().whenComplete((status, failure) -> {
            if (closed) {
                return;
            }
            Timer.spawn(
                    "end of " + container.id(),
                    () -> ended(
                            container,
                            process,
                            failure == null
                                    ? status
                                    : new ExitStatus(LOST, false, node.clock().instant())));
        });
    }

    /** What the runtime has learned goes with all that it keeps of the run. */
    private void learn(LiveContainer container) {
        try {
            container.learned(node.runtime().explain(container.id()).learned());
        } catch (RuntimeException e) {
            LOG.warn("the system calls of {} were not learned", container.id(), e);
        }
    }

    private void ended(LiveContainer container, StartedProcess process, ExitStatus status) {
        container.lock.lock();
        try {
            if (closed || !container.process().equals(Optional.of(process))) {
                return;
            }
            container.process(Optional.empty());
            container.due(Timer.Task.NONE);
            execs.containerEnded(container);
            if (JailPlan.learns(container.record().request())) {
                learn(container);
            }
            removal.letGo(container);
            container.networks(Map.of());
            Progress before = container.progress();
            boolean soon = before.started()
                    .map(at -> at.plus(RestartRule.SOUND_RUN).isAfter(status.at()))
                    .orElse(true);
            Progress over =
                    before.ended(status.code(), status.outOfMemory(), status.at(), soon ? before.shortRuns() + 1 : 0);
            Optional<Duration> again = RestartRule.afterExit(
                    container.record().request().restart(),
                    status.code(),
                    over.stopped(),
                    over.restarts(),
                    over.shortRuns());
            container.store(container.record().withPorts(List.of()).with(again.isPresent() ? over.waiting() : over));
            container.endRun();
            node.logs().ring(container.folder());
            if (status.outOfMemory()) {
                node.events().add(container, "oom", Map.of());
            }
            node.events().add(container, "die", Map.of("exitCode", Integer.toString(status.code())));
            container.waiters.ended(status);
            if (again.isPresent()) {
                restartAfter(container, again.get());
            } else if (container.record().request().autoRemove()) {
                removal.remove(container, true);
            }
        } finally {
            container.lock.unlock();
        }
    }

    private void restartAfter(LiveContainer container, Duration wait) {
        container.due(node.timer().after(wait, "restart of " + container.id(), () -> restart(container)));
    }

    private void restart(LiveContainer container) {
        container.lock.lock();
        try {
            if (closed || container.progress().status() != Status.RESTARTING) {
                return;
            }
            Progress from = container.progress();
            try {
                begin(container, from);
            } catch (RuntimeException e) {
                LOG.warn("restart of {}: {}", container.record().name(), e.getMessage());
                RestartRule.afterExit(
                                container.record().request().restart(),
                                container.progress().exitCode(),
                                container.progress().stopped(),
                                from.restarts(),
                                from.shortRuns() + 1)
                        .ifPresent(again -> {
                            container.store(container.progress().shortRun().waiting());
                            restartAfter(container, again);
                        });
            }
        } finally {
            container.lock.unlock();
        }
    }

    /** Takes over a container that an earlier daemon started, or notes that it has ended. */
    void adopt(
            LiveContainer container,
            Optional<StartedProcess> found,
            Map<String, org.berth.network.Networks.Attachment> networks) {
        container.lock.lock();
        try {
            if (container.progress().status() == Status.REMOVING) {
                container.holds(true); // how far an earlier daemon came is not known
                removal.remove(container, true);
            } else if (container.active() && found.isPresent()) {
                container.holds(true);
                container.process(found);
                container.networks(networks);
                container
                        .run()
                        .started(
                                launcher.adoptInput(container.record()),
                                found.get().terminal());
                health.resume(
                        container,
                        container.progress().started().orElse(node.clock().instant()));
                watch(container, found.get());
            } else {
                adoptEnded(container);
            }
        } finally {
            container.lock.unlock();
        }
    }

    /** No trace of it runs: the machine was started anew. */
    private void adoptEnded(LiveContainer container) {
        removal.letGo(container);
        if (container.active()) {
            Progress lost = container.progress().ended(LOST, false, node.clock().instant(), 0);
            container.store(container.record().withPorts(List.of()).with(lost));
        }
        Progress now = container.progress();
        if (now.status() == Status.RESTARTING
                || RestartRule.atDaemonStart(
                        container.record().request().restart(),
                        now.exitCode(),
                        now.stopped(),
                        now.started().isPresent())) {
            container.store(now.fresh().withStatus(Status.RESTARTING));
            restartAfter(container, Duration.ZERO);
        } else if (container.record().request().autoRemove() && now.started().isPresent()) {
            removal.remove(container, true);
        }
    }

    /** From now on ends are none of this daemon's business. */
    void close() {
        closed = true;
    }

    private static BerthException removing(LiveContainer container) {
        return new BerthException(
                ErrorCode.CONFLICT,
                "container " + container.record().name() + " is marked for removal and cannot be started");
    }
}
