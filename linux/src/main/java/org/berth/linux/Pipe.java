package org.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/** A pipe (pipe(7)); both ends are closed at an exec. */
public record Pipe(Descriptor read, Descriptor write) implements AutoCloseable {
    private static final int O_CLOEXEC = 0x80000;
    private static final short POLLIN = 1;
    private static final int POLL_REQUEST_BYTES = 8;
    private static final int TIME_BYTES = 16;

    /** Opens one. @param label what it is for, for the error: "make the status pipe" */
    public static Pipe open(String label) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call(label, SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC);
            return new Pipe(
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
        }
    }

    /** Writes one byte. @return whether somebody may still read it */
    public boolean writeByte(int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment letter = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) value);
            return SystemCalls.attempt(SystemCallNumber.WRITE, write.number(), letter.address(), 1) == 1;
        }
    }

    /** Waits for a byte. @return whether one came: not when the other end was closed, or the time is over */
    public boolean awaitByte(Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(POLL_REQUEST_BYTES, Integer.BYTES);
            request.set(ValueLayout.JAVA_INT, 0, read.number());
            request.set(ValueLayout.JAVA_SHORT, Integer.BYTES, POLLIN);
            MemorySegment time = arena.allocate(TIME_BYTES, Long.BYTES);
            time.set(ValueLayout.JAVA_LONG, 0, timeout.toSeconds());
            time.set(ValueLayout.JAVA_LONG, Long.BYTES, timeout.toNanosPart());
            long ready = SystemCalls.call(
                    "wait for a pipe", SystemCallNumber.PPOLL, request.address(), 1, time.address(), 0, Long.BYTES);
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
