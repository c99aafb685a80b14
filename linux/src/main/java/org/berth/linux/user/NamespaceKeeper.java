package org.berth.linux.user;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;

/**
 * A tiny process in a user namespace that it has made. A JVM has many threads and can't enter one itself; what must be made
 * inside, this process makes: network namespaces that belong to the user namespace, one ahead of each that is asked for. It
 * ends with the process that started it, by the end of a pipe.
 */
final class NamespaceKeeper implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final int REQUESTS = Launcher.FIRST_PASSED_DESCRIPTOR;
    private static final int ANSWERS = REQUESTS + 1;
    private static final long CLONE_NEWUSER = 0x1000_0000L;
    private static final long CLONE_NEWNET = 0x4000_0000L;
    private static final long O_CLOEXEC = 0x80000;
    private static final long AT_FDCWD = -100;
    private static final int P_PID = 1;
    private static final int WEXITED = 4;
    /** What it answers with: 0, or an error number, negative. */
    private static final int ANSWER_SIZE = Integer.BYTES;

    private static final int GONE = Integer.MIN_VALUE;

    private static final Operand NONE = Operand.number(0);

    private final long pid;
    private final Descriptor users;
    private final Descriptor requests;
    private final Descriptor answers;
    private boolean asked;
    private boolean ended;

    private NamespaceKeeper(long pid, Descriptor users, Descriptor requests, Descriptor answers) {
        this.pid = pid;
        this.users = users;
        this.requests = requests;
        this.answers = answers;
    }

    /**
     * Makes a user namespace and a process that keeps it.
     *
     * @param name the process's, at most 15 bytes
     * @throws SystemCallException when the kernel makes none
     */
    static NamespaceKeeper start(Launcher launcher, String name, IdMap map) {
        Pipe requests = Pipe.open("make a pipe");
        Pipe answers = Pipe.open("make a pipe");
        try (Descriptor read = requests.read();
                Descriptor write = answers.write();
                Launch launch = launcher.start(program(name), List.of("berth"), List.of(read, write))) {
            try {
                check(launch.await(START_TIMEOUT));
                Path process = Path.of("/proc", Long.toString(launch.pid()));
                write(process.resolve("uid_map"), map.line());
                write(process.resolve("gid_map"), map.line());
                Descriptor users = open(process.resolve("ns/user"));
                return new NamespaceKeeper(launch.pid(), users, requests.write(), answers.read());
            } catch (RuntimeException e) {
                requests.write().close();
                answers.read().close();
                reap(launch.pid());
                throw e;
            }
        }
    }

    private static void check(Launch.Result result) {
        switch (result) {
            case Launch.Result.Started started -> {}
            case Launch.Result.Failed failed ->
                throw new SystemCallException(failed.step().label(), failed.errno());
            case Launch.Result.Ended ended ->
                throw new BerthException(ErrorCode.INTERNAL, "make a user namespace: the process was killed");
            case Launch.Result.TimedOut timedOut ->
                throw new BerthException(
                        ErrorCode.TIMEOUT,
                        "make a user namespace: not done within " + START_TIMEOUT.toSeconds() + " s");
        }
    }

    /** Says that it has a user namespace; then makes a network namespace for each byte that comes, and tells the result. */
    private static LaunchProgram program(String name) {
        LaunchBuilder program = LaunchProgram.builder();
        Operand all = Operand.named("~0", 0xffff_ffffL);
        program.call("close the daemon's descriptors", Call.CLOSE_RANGE, Operand.number(ANSWERS + 1), all, NONE);
        program.call("close its streams", Call.CLOSE_RANGE, NONE, Operand.number(2), NONE);
        program.call("name it", Call.PRCTL, Operand.named("PR_SET_NAME", 15), program.text(name));
        program.call("leave the daemon's folder", Call.CHDIR, program.text("/"));
        program.call("make a user namespace", Call.UNSHARE, Operand.named("CLONE_NEWUSER", CLONE_NEWUSER));
        program.call("hide its memory", Call.PRCTL, Operand.named("PR_SET_DUMPABLE", 4), NONE);
        Datum done = program.structure("done", new Datum.Word(Launch.EXECUTED), new Datum.Space(4));
        Operand status = Operand.number(Launcher.STATUS_DESCRIPTOR);
        program.call("say so", Call.WRITE, status, Operand.address(done), Operand.number(8));
        program.call("close the status pipe", Call.CLOSE, status);
        Mark again = program.mark("again");
        Mark end = program.mark("end");
        Operand letter = Operand.address(program.slot("letter"));
        Datum answer = program.slot("answer");
        program.place(again);
        program.call("wait for a request", Call.READ, Operand.number(REQUESTS), letter, Operand.number(1))
                .jump(Jump.ON_ZERO, end);
        program.call("make a network namespace", Call.UNSHARE, Operand.named("CLONE_NEWNET", CLONE_NEWNET))
                .into(answer)
                .ignoreNegative();
        Operand size = Operand.number(ANSWER_SIZE);
        program.call("answer", Call.WRITE, Operand.number(ANSWERS), Operand.address(answer), size);
        program.jump(again);
        program.place(program.failure());
        program.call("report the failed step", Call.WRITE, status, Operand.address(program.status()), Operand.number(8))
                .ignoreNegative();
        program.place(end);
        program.call("end", Call.EXIT_GROUP, NONE);
        return program.build();
    }

    /** The user namespace, open while this is. */
    Descriptor users() {
        return users;
    }

    /**
     * A fresh network namespace of this user namespace; empty when the process is gone.
     *
     * @throws SystemCallException when the kernel makes none
     */
    synchronized Optional<Descriptor> network() {
        if (ended) {
            return Optional.empty(); // its numbers are others' by now
        }
        boolean ahead = asked;
        int result = asked || ask() ? answer() : GONE;
        if (ahead && result < 0 && result != GONE) {
            result = ask() ? answer() : GONE; // what was refused then may be had now
        }
        if (result == GONE) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new SystemCallException("make a network namespace", -result);
        }
        Optional<Descriptor> network = find("ns/net");
        ask(); // the next one is made while this one is being used
        return network;
    }

    private boolean ask() {
        try (Arena arena = Arena.ofConfined()) {
            long letter = arena.allocate(1).address();
            asked = SystemCalls.attempt(SystemCallNumber.WRITE, requests.number(), letter, 1) == 1;
            return asked;
        }
    }

    private int answer() {
        asked = false;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(ANSWER_SIZE, ANSWER_SIZE);
            long count = SystemCalls.attempt(SystemCallNumber.READ, answers.number(), answer.address(), ANSWER_SIZE);
            return count == ANSWER_SIZE ? answer.get(ValueLayout.JAVA_INT, 0) : GONE;
        }
    }

    private Optional<Descriptor> find(String file) {
        try {
            return Optional.of(open(Path.of("/proc", Long.toString(pid), file)));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
                return Optional.empty(); // it is our child: the number is no other's
            }
            throw e;
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + file + ": " + e.getMessage(), e);
        }
    }

    private static Descriptor open(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, file.toString()).address();
            return new Descriptor(
                    (int) SystemCalls.call("open " + file, SystemCallNumber.OPENAT, AT_FDCWD, path, O_CLOEXEC));
        }
    }

    /** A child of ours; it ends by itself when its requests do. */
    private static void reap(long pid) {
        SystemCalls.attempt(SystemCallNumber.WAITID, P_PID, pid, 0, WEXITED, 0);
    }

    /** Ends the process. @return the user namespace, now the caller's to close */
    synchronized Descriptor end() {
        ended = true;
        requests.close();
        answers.close();
        reap(pid);
        return users;
    }

    @Override
    public void close() {
        end().close();
    }
}
