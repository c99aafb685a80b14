package org.berth.linux.launch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A process that runs a {@link WaitingProgram}: a child of this one, in a session of its own.
 *
 * @param status the read end of the pipe whose other end is its status descriptor
 * @param socket takes its program
 */
record SpareProcess(long pid, Descriptor status, Descriptor socket) {
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int HEADER_SIZE = 56;
    private static final int VECTOR_SIZE = 16;

    /**
     * Has it become a program. @return whether it took it: not when it was killed meanwhile
     *
     * @param passed become its descriptors from {@link Launcher#FIRST_PASSED_DESCRIPTOR} on
     */
    boolean become(byte[] image, List<Descriptor> passed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocate(VECTOR_SIZE, 8);
            vector.set(
                    ValueLayout.JAVA_LONG,
                    0,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, image).address());
            vector.set(ValueLayout.JAVA_LONG, 8, image.length);
            MemorySegment header = arena.allocate(HEADER_SIZE, 8);
            header.set(ValueLayout.JAVA_LONG, 16, vector.address());
            header.set(ValueLayout.JAVA_LONG, 24, 1);
            if (!passed.isEmpty()) {
                MemorySegment control = control(arena, passed);
                header.set(ValueLayout.JAVA_LONG, 32, control.address());
                header.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
            }
            return SystemCalls.attempt(SystemCallNumber.SENDMSG, socket.number(), header.address(), MSG_NOSIGNAL)
                    == image.length;
        } finally {
            socket.close();
        }
    }

    private static MemorySegment control(Arena arena, List<Descriptor> passed) {
        int used = WaitingProgram.CONTROL_HEADER_SIZE + passed.size() * Integer.BYTES;
        MemorySegment control = arena.allocate((used + 7L) & -8L, 8);
        control.set(ValueLayout.JAVA_LONG, 0, used);
        control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
        control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
        for (int i = 0; i < passed.size(); i++) {
            control.setAtIndex(ValueLayout.JAVA_INT, 4L + i, passed.get(i).number());
        }
        return control;
    }

    /** Ends it, and takes its end. */
    void end() {
        socket.close();
        status.close();
        reap();
    }

    /** It has ended, or is about to. */
    void reap() {
        SystemCalls.attempt(SystemCallNumber.WAIT4, pid, 0, 0, 0);
    }
}
