package org.berth.engine;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.engine.Containers.ExecRequest;
import org.berth.engine.Containers.ExecState;
import org.berth.runtime.ContainerRuntime.StartedProcess;

/** A process that is, or was, added to a container. */
final class LiveExec {
    private final String id;
    private final LiveContainer container;
    private final ExecRequest request;
    private final Run run = new Run();
    private final long createdNanos = System.nanoTime();
    private volatile boolean started;
    private volatile boolean unread;
    private volatile Optional<StartedProcess> process = Optional.empty();
    private volatile OptionalInt exitCode = OptionalInt.empty();

    LiveExec(String id, LiveContainer container, ExecRequest request) {
        this.id = id;
        this.container = container;
        this.request = request;
    }

    /** For the order in which they were made. */
    long createdNanos() {
        return createdNanos;
    }

    String id() {
        return id;
    }

    LiveContainer container() {
        return container;
    }

    ExecRequest request() {
        return request;
    }

    Run run() {
        return run;
    }

    /** Its own folder, for its output while it is read. */
    Path folder() {
        return container.folder().resolve("execs").resolve(id);
    }

    Path log() {
        return folder().resolve(LiveContainer.LOG);
    }

    /** Whether this call is the one that starts it. */
    synchronized boolean claim() {
        boolean first = !started;
        started = true;
        return first;
    }

    void started(StartedProcess to) {
        process = Optional.of(to);
    }

    void ended(int code) {
        exitCode = OptionalInt.of(code);
    }

    boolean isOver() {
        return exitCode.isPresent();
    }

    /** Its reader has gone: what it prints from now on is thrown away. */
    void abandon() {
        unread = true;
    }

    boolean isAbandoned() {
        return unread && !isOver();
    }

    ExecState state() {
        OptionalInt code = exitCode;
        return new ExecState(
                id,
                container.id(),
                request,
                started,
                process.map(StartedProcess::pid).orElse(0L),
                code.isPresent() ? Optional.of(code.getAsInt()) : Optional.empty());
    }
}
