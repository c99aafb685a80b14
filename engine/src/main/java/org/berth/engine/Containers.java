package org.berth.engine;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.ContainerRuntime.Explanation;
import org.berth.runtime.ContainerRuntime.Usage;
import org.berth.runtime.ExitStatus;
import org.berth.runtime.Resources;

/**
 * The containers of a node. {@code ref} is a name, an id or an unambiguous prefix of an id;
 * NOT_FOUND otherwise.
 */
public interface Containers {
    ContainerState create(ContainerRequest request);

    /** NOT_MODIFIED when it runs. A failure is recorded in the state and thrown. */
    void start(String ref);

    /** Stop signal, then KILL after the grace. NOT_MODIFIED when it does not run. */
    void stop(String ref, Optional<Duration> grace);

    void kill(String ref, int signal);

    void pause(String ref);

    void unpause(String ref);

    /**
     * Removes it.
     *
     * @param force a running one too
     * @param volumes its anonymous volumes too
     */
    void remove(String ref, boolean force, boolean volumes);

    void rename(String ref, String name);

    void update(String ref, Resources resources);

    Optional<ContainerState> find(String ref);

    /** Like {@link #find}, NOT_FOUND by name when there is none. */
    ContainerState get(String ref);

    List<ContainerState> list();

    /** Completes at the next fulfilment of the condition, at once where docker answers at once. */
    CompletableFuture<ExitStatus> await(String ref, WaitCondition condition);

    enum WaitCondition {
        NOT_RUNNING,
        NEXT_EXIT,
        REMOVED
    }

    /**
     * Reads the log; with {@code follow} until the container has ended and all is read, or the
     * subscription is closed. Calls {@code sink} on the caller's thread, in order.
     */
    void logs(String ref, LogQuery query, LogSink sink);

    /** @param tail the last N lines; empty for all */
    record LogQuery(
            boolean stdout,
            boolean stderr,
            boolean follow,
            Optional<Integer> tail,
            Optional<Instant> since,
            Optional<Instant> until) {}

    /** Gets pieces of output; returns false to end. */
    @FunctionalInterface
    interface LogSink {
        boolean accept(Frame frame);
    }

    /** @param stream 1 standard output, 2 standard error; 1 for a terminal's */
    record Frame(int stream, Instant time, byte[] bytes) {}

    /**
     * Connects to its standard streams. Output starts with what comes after this call, or with what
     * the log has when {@code logs}.
     */
    Streams attach(String ref, boolean logs);

    /** The connected streams of a container or an exec. */
    interface Streams extends Closeable {
        /** Goes to standard input; closing it closes standard input where that is asked for. */
        OutputStream input();

        /** Blocks for the next piece; empty at the end. */
        Optional<Frame> next();

        boolean terminal();

        @Override
        void close();
    }

    /** A process to add; it runs once {@link #startExec} is called. @return the exec's id */
    String createExec(String ref, ExecRequest request);

    record ExecRequest(
            List<String> command,
            List<String> environment,
            Optional<String> user,
            Optional<String> workingDirectory,
            boolean terminal,
            boolean input) {}

    /** Starts it and connects to its streams. */
    Streams startExec(String execId);

    ExecState exec(String execId);

    /** @param exitCode present once it has ended */
    record ExecState(
            String id,
            String containerId,
            ExecRequest request,
            boolean started,
            long pid,
            Optional<Integer> exitCode) {}

    /** The terminal's size of a container or an exec. */
    void resize(String ref, int rows, int columns);

    void resizeExec(String execId, int rows, int columns);

    Optional<Usage> usage(String ref);

    List<Long> processes(String ref);

    Explanation explain(String ref);

    /** Connects a container (running or not) to a network, or takes it off. */
    void connect(String ref, ContainerRequest.NetworkAttachment attachment);

    void disconnect(String ref, String network);

    /** A tar stream of a path in it, and into it: docker cp. Paths are resolved in its root. */
    void copyOut(String ref, String path, OutputStream tar);

    void copyIn(String ref, String path, InputStream tar);

    /**
     * A tar stream of its root, without what is mounted there while it runs: docker export. What a program of it writes
     * meanwhile may be in it or not.
     */
    default void exportRoot(String ref, OutputStream tar) {
        copyOut(ref, "/", tar);
    }

    /**
     * The root's changes of a stopped container as a new layer: how a build step ends. The container
     * has no changes of its own afterwards; all that is sensible to do with it is to remove it.
     *
     * @return the layer's diff id
     */
    String commitLayer(String ref);

    /**
     * A copy of the root's changes of a container, running or not, as a new layer; they stay its own. What a program of it
     * writes meanwhile may be in it or not.
     *
     * @return the layer's diff id
     */
    default String copyLayer(String ref) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "the changes of " + ref + " can't be copied");
    }
}
