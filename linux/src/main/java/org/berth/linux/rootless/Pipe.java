package org.berth.linux.rootless;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** A pipe (pipe(7)), one byte at a time. */
record Pipe(Descriptor read, Descriptor write) implements AutoCloseable {
    private static final long O_CLOEXEC = 0x80000;
    private static final short POLLIN = 1;

    static Pipe make() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call("make a pipe", SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC);
            return new Pipe(
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
        }
    }

    /** Sends a byte. */
    void send() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment letter = arena.allocate(1);
            SystemCalls.call("write to a pipe", SystemCallNumber.WRITE, write.number(), letter.address(), 1);
        }
    }

    /** Waits for a byte. @return whether one came: not when the other end was closed, or the time is over */
    boolean await(Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(8, 8);
            request.set(ValueLayout.JAVA_INT, 0, read.number());
            request.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
            MemorySegment time = arena.allocate(16, 8);
            time.set(ValueLayout.JAVA_LONG, 0, timeout.toSeconds());
            long ready = SystemCalls.call(
                    "wait for a pipe", SystemCallNumber.PPOLL, request.address(), 1, time.address(), 0, 8);
            MemorySegment letter = arena.allocate(1);
            return ready > 0
                    && SystemCalls.call("read a pipe", SystemCallNumber.READ, read.number(), letter.address(), 1) == 1;
        }
    }

    @Override
    public void close() {
        read.close();
        write.close();
    }
}
