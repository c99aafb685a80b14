package org.berth.linux.launch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.OptionalLong;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** A program that was started and whose status pipe is not read yet. */
public final class Launch implements AutoCloseable {
    /**
     * In place of a step's index: the second word is the process id of what was started. A failure may
     * still follow, until the pipe ends.
     */
    public static final int STARTED = -1;

    /** As {@link #STARTED}, of a process that executes its program already: nothing follows. */
    public static final int EXECUTED = -2;

    private static final int MESSAGE_SIZE = 8;
    private static final short POLLIN = 1;
    private static final long NANOS = 1_000_000_000L;

    private final EncodedProgram program;
    private final long pid;
    private final Descriptor status;
    private boolean taken;

    Launch(EncodedProgram program, long pid, Descriptor status) {
        this.program = program;
        this.pid = pid;
        this.status = status;
    }

    /** The process that runs the program: a child of this one, to be waited for. */
    public long pid() {
        return pid;
    }

    /** How the program came out. */
    public sealed interface Result {
        /**
         * It reported a process.
         *
         * @param executed whether the report said {@link #EXECUTED}; else the pipe was closed: by the exec, or
         *     by what never execs
         */
        record Started(long pid, boolean executed) implements Result {}

        /** A step failed. @param errno the error number, positive; 0 when the label says it all */
        record Failed(Step step, int errno) implements Result {
            /** "mount proc on /proc: operation not permitted". */
            public String message() {
                return errno == 0 ? step.label() : step.label() + ": " + Errno.message(errno);
            }
        }

        /** It ended without a word: killed from outside. */
        record Ended() implements Result {}

        /** It said nothing before the deadline. */
        record TimedOut() implements Result {}
    }

    /** Waits until a descriptor can be read. */
    @FunctionalInterface
    public interface Waiting {
        /** Waits. @return whether it can be read, or the time is over */
        boolean await(Descriptor descriptor, long nanoseconds);
    }

    /** As {@link #await(Duration, Waiting)}, blocking the thread in the kernel meanwhile. */
    public Result await(Duration timeout) {
        return await(timeout, Launch::poll);
    }

    /** Reads the status pipe until it is known how the program came out, or until the deadline. */
    public Result await(Duration timeout, Waiting waiting) {
        long deadline = System.nanoTime() + timeout.toNanos();
        OptionalLong started = OptionalLong.empty();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(MESSAGE_SIZE, 8);
            while (true) {
                if (!waiting.await(status, deadline - System.nanoTime())) {
                    return new Result.TimedOut();
                }
                long size = SystemCalls.call(
                        "read the status pipe",
                        SystemCallNumber.READ,
                        status.number(),
                        message.address(),
                        MESSAGE_SIZE);
                if (size < MESSAGE_SIZE) {
                    return started.isPresent() ? new Result.Started(started.getAsLong(), false) : new Result.Ended();
                }
                int step = message.get(ValueLayout.JAVA_INT, 0);
                int value = message.get(ValueLayout.JAVA_INT, 4);
                if (step == EXECUTED) {
                    return new Result.Started(value, true);
                }
                if (step != STARTED) {
                    return new Result.Failed(program.program().steps().get(step), -value);
                }
                started = OptionalLong.of(value);
            }
        }
    }

    private static boolean poll(Descriptor descriptor, long nanoseconds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(8, 8);
            request.set(ValueLayout.JAVA_INT, 0, descriptor.number());
            request.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
            MemorySegment time = arena.allocate(16, 8);
            long left = Math.max(0, nanoseconds);
            time.set(ValueLayout.JAVA_LONG, 0, left / NANOS);
            time.set(ValueLayout.JAVA_LONG, 8, left % NANOS);
            String action = "wait for the status pipe";
            return SystemCalls.call(action, SystemCallNumber.PPOLL, request.address(), 1, time.address(), 0, 8) > 0;
        }
    }

    /**
     * The status pipe, now the caller's to close. A program that says {@link #EXECUTED} may go on
     * holding its end: then the pipe ends when that program says so, or has ended.
     */
    public Descriptor takeStatus() {
        taken = true;
        return status;
    }

    @Override
    public void close() {
        if (!taken) {
            status.close();
        }
    }
}
