package org.berth.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRecord.Progress;
import org.berth.engine.ContainerState.Status;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ExitStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a container's life goes from one state to the next, whoever moves it. */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration KILL_WAIT = Duration.ofSeconds(30);

    private final Node node;
    private final Registry registry;
    private final Launcher launcher;
    private final Execs execs;
    private final HealthChecks health;
    private volatile boolean closed;

    Lifecycle(Node node, Registry registry, Launcher launcher, Execs execs, HealthChecks health) {
        this.node = node;
        this.registry = registry;
        this.launcher = launcher;
        this.execs = execs;
        this.health = health;
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
            Instant now = node.clock().instant();
            container.networks(launched.networks());
            container.process(Optional.of(launched.process()));
            container.store(container.record().withPorts(launched.ports()).with(from.running(now)));
            container.run().started(launched.input(), launched.process().terminal());
            event(container, "start", Map.of());
            health.begin(container, now);
            watch(container, launched.process());
        } catch (RuntimeException e) {
            StartFailure failure = StartFailure.of(e);
            container.store(from.failed(failure.exitCode(), failure.message()));
            container.endRun();
            node.logs().ring(container.folder());
            container.waiters.ended(
                    new ExitStatus(failure.exitCode(), false, node.clock().instant()));
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
                                    : new ExitStatus(255, false, node.clock().instant())));
        });
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
            letGo(container);
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
                event(container, "oom", Map.of());
            }
            event(container, "die", Map.of("exitCode", Integer.toString(status.code())));
            container.waiters.ended(status);
            if (again.isPresent()) {
                restartAfter(container, again.get());
            } else if (container.record().request().autoRemove()) {
                removeLocked(container, true);
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

    /** Stop signal, grace, KILL. */
    void stop(LiveContainer container, Optional<Duration> grace) {
        Run run;
        container.lock.lock();
        try {
            if (settle(container)) {
                return;
            }
            if (!container.active()) {
                throw new BerthException(
                        ErrorCode.NOT_MODIFIED,
                        "container " + container.record().name() + " is not running");
            }
            run = container.run();
            markStopped(container);
            thaw(container);
        } finally {
            container.lock.unlock();
        }
        Duration wait = grace.or(() -> container.record().request().stopGrace()).orElse(GRACE);
        signal(container, container.record().plan().stopSignal());
        if (!over(run, wait)) {
            killAndWait(container, run);
        }
        event(container, "stop", Map.of());
    }

    /** A container that waits for its restart stops waiting. Whether it was so. Under the lock. */
    private boolean settle(LiveContainer container) {
        if (container.progress().status() != Status.RESTARTING) {
            return false;
        }
        container.due(Timer.Task.NONE);
        container.store(container.progress().withStopped(true).withStatus(Status.EXITED));
        container.waiters.ended(container.lastExit());
        return true;
    }

    void kill(LiveContainer container, int signal) {
        container.lock.lock();
        try {
            if (signal == Signals.KILL && settle(container)) {
                return;
            }
            requireActive(container);
            if (signal == Signals.KILL || signal == container.record().plan().stopSignal()) {
                markStopped(container);
            }
            if (signal == Signals.KILL) {
                thaw(container);
            }
        } finally {
            container.lock.unlock();
        }
        signal(container, signal);
        event(container, "kill", Map.of("signal", Integer.toString(signal)));
    }

    void freeze(LiveContainer container, boolean frozen) {
        container.lock.lock();
        try {
            requireActive(container);
            boolean paused = container.progress().status() == Status.PAUSED;
            if (paused == frozen) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is " + (paused ? "already" : "not") + " paused");
            }
            node.runtime().freeze(container.id(), frozen);
            container.store(container.progress().withStatus(frozen ? Status.PAUSED : Status.RUNNING));
            event(container, frozen ? "pause" : "unpause", Map.of());
        } finally {
            container.lock.unlock();
        }
    }

    void remove(LiveContainer container, boolean force, boolean volumes) {
        if (force) {
            end(container);
        }
        container.lock.lock();
        try {
            if (!registry.contains(container)) {
                return;
            }
            if (container.active() || (container.progress().status() == Status.RESTARTING && !force)) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "cannot remove container \"/" + container.record().name() + "\": container is "
                                + (container.active() ? "running" : "restarting")
                                + ": stop the container before removing or force remove");
            }
            removeLocked(container, volumes);
        } finally {
            container.lock.unlock();
        }
    }

    private void end(LiveContainer container) {
        Run run;
        container.lock.lock();
        try {
            settle(container);
            if (!container.active()) {
                return;
            }
            run = container.run();
            markStopped(container);
            thaw(container);
        } finally {
            container.lock.unlock();
        }
        killAndWait(container, run);
    }

    /** The record says what goes on until all is gone, so that a daemon killed meanwhile goes on with it. */
    private void removeLocked(LiveContainer container, boolean volumes) {
        container.due(Timer.Task.NONE);
        container.store(container.progress().withStatus(Status.REMOVING));
        ContainerRecord record = container.record();
        letGo(container);
        node.images().release(record.id());
        Folders.delete(container.folder());
        registry.remove(container);
        execs.forget(container);
        if (volumes) {
            record.anonymousVolumes().forEach(name -> node.volumes().remove(name, true));
        }
        container.endRun();
        node.logs().ring(container.folder());
        event(container, "destroy", Map.of());
        container.waiters.removed(container.lastExit());
    }

    /** What it held of the machine. A part that can't be let go of is said and does not keep the rest. */
    private void letGo(LiveContainer container) {
        try {
            node.runtime().delete(container.id());
        } catch (RuntimeException e) {
            LOG.warn("could not remove what is left of {}", container.id(), e);
        }
        try {
            launcher.release(container.record());
        } catch (RuntimeException e) {
            LOG.warn("could not let go of what {} held", container.id(), e);
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
                removeLocked(container, true);
            } else if (container.active() && found.isPresent()) {
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

    /** No trace of it runs: the machine was started anew. 255 is what docker gives then. */
    private void adoptEnded(LiveContainer container) {
        letGo(container);
        if (container.active()) {
            Progress lost = container.progress().ended(255, false, node.clock().instant(), 0);
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
            removeLocked(container, true);
        }
    }

    void event(LiveContainer container, String action, Map<String, String> more) {
        ContainerRecord record = container.record();
        Map<String, String> attributes = new HashMap<>(record.request().labels());
        attributes.put("name", record.name());
        attributes.put("image", record.request().image());
        attributes.putAll(more);
        node.events().add("container", action, record.id(), attributes);
    }

    /** From now on ends are none of this daemon's business. */
    void close() {
        closed = true;
    }

    void requireActive(LiveContainer container) {
        if (!container.active()) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "container " + container.record().name() + " is not running");
        }
    }

    private void killAndWait(LiveContainer container, Run run) {
        signal(container, Signals.KILL);
        if (!over(run, KILL_WAIT)) {
            throw new BerthException(
                    ErrorCode.KERNEL,
                    "container " + container.record().name() + " did not end within " + KILL_WAIT.toSeconds()
                            + " s of being killed: a process of it may hang in the kernel");
        }
    }

    private void signal(LiveContainer container, int signal) {
        try {
            node.runtime().kill(container.id(), signal);
        } catch (BerthException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }

    private static boolean over(Run run, Duration wait) {
        try {
            run.ended().get(wait.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, "interrupted while waiting for a container's end", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void markStopped(LiveContainer container) {
        container.store(container.progress().withStopped(true));
    }

    /** A frozen process takes no signal. */
    private void thaw(LiveContainer container) {
        if (container.progress().status() == Status.PAUSED) {
            node.runtime().freeze(container.id(), false);
            container.store(container.progress().withStatus(Status.RUNNING));
        }
    }

    private static BerthException removing(LiveContainer container) {
        return new BerthException(
                ErrorCode.CONFLICT,
                "container " + container.record().name() + " is marked for removal and cannot be started");
    }
}
