package org.berth.control;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One project's loop: looks at the node, has {@link ProjectCore} decide, begins what it says, and waits
 * for the next event or time. What ended is told to the core before the node is looked at again, so
 * that the core never sees a state older than what it believes done.
 */
final class ProjectLoop {
    private static final int LOG_LINES = 20;
    private static final Duration AFTER_ERROR = Duration.ofSeconds(1);
    private static final Duration WAIT_LEAST = Duration.ofMillis(1);
    /** Between two looks: events that come together are looked at together. */
    private static final Duration LOOK_SPACING = Duration.ofMillis(3);

    private static final Logger LOG = LoggerFactory.getLogger(ProjectLoop.class);

    private final String project;
    private final Node node;
    private final Clock clock;
    private final Timing timing;
    private final ExecutorService executor;
    private final Runnable onGone;
    private final ProjectCore core;
    /** What actions came to; no more of them can wait than are in flight. */
    private final BlockingQueue<Runnable> endings = new ArrayBlockingQueue<>(ProjectCore.IN_FLIGHT_MAX);

    private final CopyOnWriteArrayList<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private boolean wake;
    private long looks;
    private volatile boolean closed;

    /**
     * One who wants to know; {@code last} is touched by the loop only. What was seen before it began to
     * watch is not told, so that whoever asks for something and then watches never hears of the state
     * before.
     */
    private static final class Watcher {
        private final Consumer<ProjectStatus> listener;
        private final long afterLook;
        private @Nullable ProjectStatus last;

        Watcher(Consumer<ProjectStatus> listener, long afterLook) {
            this.listener = listener;
            this.afterLook = afterLook;
        }
    }

    /** @param onGone called once nothing is left, before {@link #gone} completes */
    ProjectLoop(Desired desired, Node node, Clock clock, Timing timing, ExecutorService executor, Runnable onGone) {
        this.project = desired.name();
        this.node = node;
        this.clock = clock;
        this.timing = timing;
        this.executor = executor;
        this.onGone = onGone;
        this.core = new ProjectCore(desired, node.name(), timing);
    }

    void start() {
        Thread.ofVirtual().name("project " + project).start(this::run);
    }

    /** Has the loop look again. */
    void wake() {
        lock.lock();
        try {
            wake = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Desired desired() {
        lock.lock();
        try {
            return core.desired();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks for something else; it is stored already.
     *
     * @param asked the services named: what failed of them is tried again
     */
    void want(Desired desired, Set<String> asked) {
        lock.lock();
        try {
            core.want(desired, asked, clock.instant());
        } finally {
            lock.unlock();
        }
        wake();
    }

    ProjectStatus status() {
        NodeObservation observation = node.observe(project);
        lock.lock();
        try {
            return core.status(observation, clock.instant());
        } finally {
            lock.unlock();
        }
    }

    AutoCloseable watch(Consumer<ProjectStatus> listener) {
        Watcher watcher;
        lock.lock();
        try {
            watcher = new Watcher(listener, looks);
            watchers.add(watcher);
        } finally {
            lock.unlock();
        }
        wake();
        return () -> watchers.remove(watcher);
    }

    /** Completes when the project was taken down and nothing is left. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    void close() {
        closed = true;
        wake();
    }

    private void run() {
        while (!closed) {
            Instant next;
            try {
                next = look();
            } catch (RuntimeException e) {
                LOG.warn("project {}: {}", project, String.valueOf(e.getMessage()), e);
                next = clock.instant().plus(AFTER_ERROR);
            }
            if (gone.isDone()) {
                return;
            }
            await(next);
        }
    }

    /** One look. @return when to look again at the latest */
    private Instant look() {
        NodeObservation observation;
        ProjectCore.Step step;
        lock.lock();
        try {
            wake = false;
            for (Runnable ending = endings.poll(); ending != null; ending = endings.poll()) {
                ending.run();
            }
        } finally {
            lock.unlock();
        }
        observation = node.observe(project);
        Instant now;
        long number;
        lock.lock();
        try {
            now = clock.instant();
            number = ++looks;
            step = core.step(observation, now);
        } finally {
            lock.unlock();
        }
        step.actions().forEach(this::begin);
        tell(step.status(), number);
        if (step.gone()) {
            onGone.run();
            gone.complete(null);
        }
        Instant latest = now.plus(timing.observeAgain());
        return step.lookAgain().filter(at -> at.isBefore(latest)).orElse(latest);
    }

    /** Waits for the next event or time, and {@link #LOOK_SPACING} at least. */
    private void await(Instant next) {
        lock.lock();
        try {
            long spacing = LOOK_SPACING.toNanos();
            while (spacing > 0 && !closed) {
                spacing = woken.awaitNanos(spacing);
            }
            while (!wake && !closed) {
                Duration wait = Duration.between(clock.instant(), next);
                if (wait.compareTo(WAIT_LEAST) < 0) {
                    return;
                }
                if (woken.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                    continue;
                }
                return;
            }
        } catch (InterruptedException e) {
            closed = true;
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void tell(ProjectStatus status, long look) {
        for (Watcher watcher : watchers) {
            if (look > watcher.afterLook && !status.equals(watcher.last)) {
                watcher.last = status;
                try {
                    watcher.listener.accept(status);
                } catch (RuntimeException e) {
                    LOG.warn("project {}: a watcher failed", project, e);
                    watchers.remove(watcher);
                }
            }
        }
    }

    private void begin(Action action) {
        LOG.debug("project {}: {}", project, action.key());
        executor.execute(() -> perform(action));
    }

    private void perform(Action action) {
        Runnable ending;
        try {
            ending = execute(action);
        } catch (RuntimeException e) {
            LOG.info("project {}: {}: {}", project, action.key(), String.valueOf(e.getMessage()));
            LOG.debug("project {}: {}", project, action.key(), e);
            ending = () -> core.failed(action, e, clock.instant());
        }
        endings.add(ending);
        wake();
    }

    /** Does it. @return what to tell the core */
    private Runnable execute(Action action) {
        List<PublishedPort> ports = List.of();
        List<String> log = List.of();
        switch (action) {
            case Action.EnsureNetwork(var network) -> node.ensureNetwork(network);
            case Action.EnsureVolume(var volume) -> node.ensureVolume(volume);
            case Action.RemoveNetwork(String name) -> node.removeNetwork(name);
            case Action.RemoveVolume(String name) -> node.removeVolume(name);
            case Action.Create(TaskSpec spec) -> node.createTask(spec);
            case Action.Start(String task, String containerId) -> node.startTask(containerId);
            case Action.Stop(String task, String containerId, Optional<Duration> grace) ->
                node.stopTask(containerId, grace);
            case Action.Remove remove -> node.removeTask(remove.containerId());
            case Action.SetAside aside -> {
                log = node.logTail(aside.containerId(), LOG_LINES);
                node.setAside(aside.containerId());
            }
            case Action.RemoveOther(String containerId) -> node.removeTask(containerId);
            case Action.SetEndpoints(ServiceEndpoints endpoints) -> ports = node.setEndpoints(endpoints);
            case Action.RemoveEndpoints(String name, String service) -> node.removeEndpoints(name, service);
        }
        List<PublishedPort> chosen = ports;
        List<String> lastLines = log;
        return () -> core.ended(action, chosen, lastLines, clock.instant());
    }
}
