package org.berth.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers.ExecRequest;
import org.berth.engine.Containers.Streams;
import org.berth.linux.Descriptor;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.Users;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ProcessSpec;

/**
 * Processes added to running containers. Their output takes the way of a log too: a file that goes
 * when the process has ended, and of which what was read is let go of meanwhile.
 */
final class Execs {
    /** Ended ones that can still be asked for, of one container. */
    private static final int ENDED_KEPT = 32;

    private final Node node;
    private final Map<String, LiveExec> execs = new ConcurrentHashMap<>();

    Execs(Node node) {
        this.node = node;
    }

    /** One that users see. */
    LiveExec create(LiveContainer container, ExecRequest request) {
        requireRunning(container);
        if (request.command().isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "no exec command specified");
        }
        LiveExec exec = make(container, request);
        prune(container);
        container.execs.put(exec.id(), exec);
        execs.put(exec.id(), exec);
        event(exec, "exec_create: " + String.join(" ", request.command()));
        return exec;
    }

    /** One of our own, for a health check. */
    LiveExec make(LiveContainer container, ExecRequest request) {
        return new LiveExec(ContainerNames.newId(node.random()), container, request);
    }

    LiveExec get(String id) {
        LiveExec exec = execs.get(id);
        if (exec == null) {
            throw new BerthException(ErrorCode.NOT_FOUND, "No such exec instance: " + id);
        }
        return exec;
    }

    /** Starts it and connects to its streams. */
    Streams start(LiveExec exec) {
        requireRunning(exec.container());
        if (!exec.claim()) {
            throw new BerthException(ErrorCode.CONFLICT, "exec " + exec.id() + " was started already");
        }
        prepareLog(exec);
        LogStreams streams = new LogStreams(
                LogCursor.at(new LogFiles(exec.log()), new LogPosition(exec.log(), 0, 0)),
                node.logs().bell(exec.folder()),
                exec.run(),
                exec.request().terminal(),
                true,
                new ReadBehind(exec.log())::readTo,
                exec::abandon);
        try {
            launch(exec);
            event(exec, "exec_start: " + String.join(" ", exec.request().command()));
            return streams;
        } catch (RuntimeException e) {
            streams.close();
            StartFailure failure = StartFailure.of(e);
            over(exec, failure.exitCode());
            throw failure.exception();
        }
    }

    /** Starts it without a reader; its log is the caller's to read, and goes with {@link #over}. */
    StartedProcess startUnread(LiveExec exec) {
        exec.claim();
        prepareLog(exec);
        return process(exec, Optional.empty());
    }

    private void launch(LiveExec exec) {
        ExecRequest request = exec.request();
        Optional<Pipes.Pipe> pipe =
                request.input() && !request.terminal() ? Optional.of(Pipes.pipe()) : Optional.empty();
        try {
            StartedProcess process = process(exec, pipe.map(Pipes.Pipe::reader));
            exec.started(process);
            exec.run().started(pipe.map(Pipes.Pipe::output), process.terminal());
            var _ = process.exit()
                    .whenComplete((status, failure) -> Timer.spawn(
                            "end of exec " + exec.id(), () -> ended(exec, failure == null ? status.code() : 255)));
        } catch (RuntimeException e) {
            pipe.ifPresent(Pipes.Pipe::close);
            throw e;
        }
    }

    private StartedProcess process(LiveExec exec, Optional<Descriptor> input) {
        return node.runtime().exec(exec.container().id(), exec.id(), spec(exec), new Output(exec.log(), input));
    }

    private ProcessSpec spec(LiveExec exec) {
        ExecRequest request = exec.request();
        ContainerRecord record = exec.container().record();
        Users.Identity identity = identity(
                exec.container(),
                request.user()
                        .filter(user -> !user.isEmpty())
                        .orElse(record.plan().user()));
        return new ProcessSpec(
                request.command(),
                ProcessPlan.withHome(environment(record, request), identity.home()),
                request.workingDirectory()
                        .filter(text -> !text.isEmpty())
                        .orElse(record.plan().workingDirectory()),
                new ProcessSpec.User(identity.uid(), identity.gid(), identity.groups()),
                request.terminal(),
                JailPlan.of(record.request()).capabilities(),
                JailPlan.of(record.request()).bounds());
    }

    private static List<String> environment(ContainerRecord record, ExecRequest request) {
        Map<String, String> values = new LinkedHashMap<>();
        record.plan().environment().forEach(entry -> ProcessPlan.put(values, entry));
        if (request.terminal()) {
            values.putIfAbsent("TERM", "xterm");
        }
        request.environment().forEach(entry -> ProcessPlan.put(values, entry));
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    /** Read in the running root, which may have users that the image had not. */
    private Users.Identity identity(LiveContainer container, String user) {
        try (InRoot root =
                ContainerRoot.ofRunning(container, node.runtime()).orElseThrow(() -> notRunning(container))) {
            Users users = Users.of(root);
            return RootLook.withGroups(
                    users, users.resolve(user), container.record().request());
        }
    }

    private static void prepareLog(LiveExec exec) {
        Folders.create(exec.folder());
        try {
            Files.createFile(exec.log());
        } catch (IOException e) {
            throw Folders.failed("create", exec.log(), e);
        }
    }

    private void ended(LiveExec exec, int code) {
        over(exec, code);
        event(exec, "exec_die", Map.of("exitCode", Integer.toString(code)));
    }

    /** Its code is known before its readers come to the end: they ask for it then. */
    void over(LiveExec exec, int code) {
        exec.ended(code);
        exec.run().end();
        node.logs().ring(exec.folder());
        Folders.delete(exec.folder());
    }

    /** With the container's first process all others end. */
    void containerEnded(LiveContainer container) {
        container.execs.values().stream()
                .filter(exec -> !exec.isOver() && !exec.state().started())
                .forEach(exec -> over(exec, 137));
    }

    void forget(LiveContainer container) {
        execs.keySet().removeAll(container.execs.keySet());
        container.execs.clear();
    }

    /** What nobody will read any more is thrown away; the file is appended to, so it may be cut at any time. */
    void discardUnread() {
        for (LiveExec exec : execs.values()) {
            if (exec.isAbandoned()) {
                truncate(exec.log());
            }
        }
    }

    private static void truncate(Path log) {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        } catch (IOException e) {
            // it has ended meanwhile, and its log is gone
        }
    }

    private void prune(LiveContainer container) {
        List<LiveExec> over = new ArrayList<>(
                container.execs.values().stream().filter(LiveExec::isOver).toList());
        over.sort(Comparator.comparingLong(LiveExec::createdNanos));
        for (int i = 0; i < over.size() - ENDED_KEPT; i++) {
            container.execs.remove(over.get(i).id());
            execs.remove(over.get(i).id());
        }
    }

    private static void requireRunning(LiveContainer container) {
        if (container.progress().status() == Status.PAUSED) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "container " + container.record().name() + " is paused, unpause the container before exec");
        }
        if (!container.active()) {
            throw notRunning(container);
        }
    }

    private static BerthException notRunning(LiveContainer container) {
        return new BerthException(
                ErrorCode.CONFLICT, "container " + container.record().name() + " is not running");
    }

    private void event(LiveExec exec, String action) {
        event(exec, action, Map.of());
    }

    private void event(LiveExec exec, String action, Map<String, String> more) {
        Map<String, String> attributes = new HashMap<>(more);
        attributes.put("execID", exec.id());
        node.events().add(exec.container(), action, attributes);
    }
}
