package org.berth.engine;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState.Status;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;

/** What users do to containers that run: stop, kill, pause, remove. */
final class Stopping {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration KILL_WAIT = Duration.ofSeconds(30);

    private final Node node;
    private final Registry registry;
    private final Removal removal;

    Stopping(Node node, Registry registry, Removal removal) {
        this.node = node;
        this.registry = registry;
        this.removal = removal;
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
        node.events().add(container, "stop", Map.of());
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
        node.events().add(container, "kill", Map.of("signal", Integer.toString(signal)));
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
            node.events().add(container, frozen ? "pause" : "unpause", Map.of());
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
            removal.remove(container, volumes);
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

    static void requireActive(LiveContainer container) {
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
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, "interrupted while waiting for a container's end", e);
        } catch (ExecutionException e) {
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
}
