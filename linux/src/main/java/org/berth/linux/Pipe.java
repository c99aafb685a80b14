package org.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A pipe (pipe(7)); both ends are closed at an exec. */
public record Pipe(Descriptor read, Descriptor write) implements AutoCloseable {
    private static final int O_CLOEXEC = 0x80000;

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

    @Override
    public void close() {
        read.close();
        write.close();
    }
}
