package org.berth.server.projects;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.control.Controller;
import org.berth.control.TaskLabels;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Engine;
import org.berth.engine.Events.Event;
import org.berth.server.http.LiveStream;

/**
 * The logs of a project's tasks as one: what is there merged by time, then what comes, tasks that
 * start later included.
 */
final class ProjectLogs {
    /** Lines of one task that wait to be merged. */
    private static final int LINES_AHEAD_MAX = 128;

    /** How long the last lines of one task may take, once the project is down. */
    private static final Duration REST_MOST = Duration.ofSeconds(1);

    private final Engine engine;
    private final Controller controller;
    private final String project;
    private final Set<String> services;
    private final LogQuery query;
    private final LiveStream stream;
    private final Map<String, Instant> lastTimes = new ConcurrentHashMap<>();
    private final Map<String, Thread> followers = new ConcurrentHashMap<>();

    /** @param services empty for all */
    ProjectLogs(
            Engine engine,
            Controller controller,
            String project,
            Set<String> services,
            LogQuery query,
            LiveStream stream) {
        this.engine = engine;
        this.controller = controller;
        this.project = project;
        this.services = services;
        this.query = query;
        this.stream = stream;
    }

    /** One task's next line in the merge. */
    private record Head(LineSplitter.Line line, ContainerState task, BlockingQueue<Optional<LineSplitter.Line>> rest) {}

    /** Sends what there is, then with {@code follow} what comes, until the client goes or the project is down. */
    void send() throws Exception {
        if (!query.follow()) {
            merge(tasks());
            return;
        }
        try (AutoCloseable subscription = engine.events().subscribe(this::happened)) {
            Instant began = Instant.now();
            List<ContainerState> tasks = tasks();
            merge(tasks);
            tasks.forEach(task -> follow(task, lastTimes.getOrDefault(task.id(), began)));
            tasks().forEach(task -> follow(task, Instant.EPOCH)); // those that came meanwhile
            CompletableFuture<Void> down = controller.gone(project);
            CompletableFuture.anyOf(stream.gone(), down).join();
            if (down.isDone()) {
                sendTheRest();
                stream.close();
            }
        } finally {
            followers.values().forEach(Thread::interrupt);
        }
    }

    private List<ContainerState> tasks() {
        return engine.containers().list().stream()
                .filter(state -> isWanted(state.request().labels()))
                .sorted(Comparator.comparing(ContainerState::name))
                .toList();
    }

    private boolean isWanted(Map<String, String> labels) {
        return project.equals(labels.get(TaskLabels.PROJECT))
                && (services.isEmpty() || services.contains(labels.getOrDefault(TaskLabels.SERVICE, "")));
    }

    private void merge(List<ContainerState> tasks) throws IOException, InterruptedException {
        PriorityQueue<Head> heads = new PriorityQueue<>(
                Comparator.comparing((Head head) -> head.line().time()));
        List<Thread> readers = new ArrayList<>();
        try {
            for (ContainerState task : tasks) {
                BlockingQueue<Optional<LineSplitter.Line>> lines = new ArrayBlockingQueue<>(LINES_AHEAD_MAX);
                readers.add(Thread.ofVirtual().name("log").start(() -> read(task, lines)));
                advance(heads, task, lines);
            }
            while (!heads.isEmpty() && !stream.gone().isDone()) {
                Head next = heads.remove();
                send(next.task(), next.line());
                advance(heads, next.task(), next.rest());
            }
        } finally {
            readers.forEach(Thread::interrupt);
        }
    }

    private static void advance(
            PriorityQueue<Head> heads, ContainerState task, BlockingQueue<Optional<LineSplitter.Line>> lines)
            throws InterruptedException {
        lines.take().ifPresent(line -> heads.add(new Head(line, task, lines)));
    }

    private void read(ContainerState task, BlockingQueue<Optional<LineSplitter.Line>> lines) {
        LineSplitter splitter = new LineSplitter(line -> put(lines, Optional.of(line)));
        LogQuery past = new LogQuery(true, true, false, query.tail(), query.since(), query.until());
        read(task, past, splitter);
        put(lines, Optional.empty());
    }

    private static void put(BlockingQueue<Optional<LineSplitter.Line>> lines, Optional<LineSplitter.Line> line) {
        try {
            lines.put(line);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(ContainerState task, LogQuery what, LineSplitter splitter) {
        Containers containers = engine.containers();
        try {
            containers.logs(task.id(), what, frame -> {
                lastTimes.put(task.id(), frame.time());
                splitter.accept(frame);
                return !Thread.currentThread().isInterrupted() && !stream.gone().isDone();
            });
            splitter.finish();
        } catch (BerthException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Reads a task's log from a moment on, on a thread of its own; once at a time. */
    private void follow(ContainerState task, Instant after) {
        followers.computeIfAbsent(
                task.id(),
                id -> Thread.ofVirtual().name("log").start(() -> {
                    try {
                        LineSplitter splitter = new LineSplitter(line -> sendOrStop(task, line));
                        read(
                                task,
                                new LogQuery(
                                        true,
                                        true,
                                        true,
                                        Optional.empty(),
                                        Optional.of(after.plusNanos(1)),
                                        query.until()),
                                splitter);
                    } finally {
                        followers.remove(task.id());
                    }
                }));
    }

    private void happened(Event event) {
        if (!event.type().equals("container") || !isWanted(event.attributes())) {
            return;
        }
        switch (event.action()) {
            case "start" ->
                Thread.ofVirtual()
                        .name("log")
                        .start(() -> engine.containers()
                                .find(event.id())
                                .ifPresent(task -> follow(task, lastTimes.getOrDefault(task.id(), Instant.EPOCH))));
            default -> {
                // says nothing about logs
            }
        }
    }

    /** The logs are gone, what was read of them may still be on its way. */
    private void sendTheRest() throws InterruptedException {
        for (Thread follower : List.copyOf(followers.values())) {
            follower.join(REST_MOST);
        }
    }

    private void sendOrStop(ContainerState task, LineSplitter.Line line) {
        try {
            send(task, line);
        } catch (IOException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void send(ContainerState task, LineSplitter.Line line) throws IOException {
        stream.write(WorkStream.line(new Report.LogLine(
                "log",
                task.request().labels().getOrDefault(TaskLabels.SERVICE, ""),
                task.name(),
                line.stream() == 2 ? "stderr" : "stdout",
                line.time().toString(),
                line.text())));
    }
}
