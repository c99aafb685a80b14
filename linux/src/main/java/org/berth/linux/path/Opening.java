package org.berth.linux.path;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** openat2(2): the one place where a path of more than one component is walked. */
final class Opening {
    private static final long HOW_BYTES = 24;

    /** With ".." in a path the kernel answers EAGAIN when anything was renamed meanwhile. */
    private static final int RACES_MAX = 512;

    private Opening() {}

    /**
     * Opens {@code path} from {@code folder}.
     *
     * @return the descriptor's number, or the negated error number
     */
    static long attempt(Descriptor folder, String path, int flags, int mode, long resolve) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = FileNames.segment(arena, path);
            MemorySegment how = arena.allocate(HOW_BYTES, Long.BYTES);
            how.set(ValueLayout.JAVA_LONG, 0, (flags | OpenFlags.CLOSE_ON_EXEC) & 0xffffffffL);
            how.set(ValueLayout.JAVA_LONG, 8, mode);
            how.set(ValueLayout.JAVA_LONG, 16, resolve);
            long result = -Errno.EAGAIN;
            for (int i = 0; i < RACES_MAX && (result == -Errno.EAGAIN || result == -Errno.EINTR); i++) {
                result = SystemCalls.attempt(
                        SystemCallNumber.OPENAT2, folder.number(), name.address(), how.address(), HOW_BYTES);
            }
            return result;
        }
    }

    /** As {@link #attempt}, and a refusal is an error. */
    static Descriptor open(String action, Descriptor folder, String path, int flags, int mode, long resolve) {
        return descriptor(action, attempt(folder, path, flags, mode, resolve));
    }

    /** The descriptor that a system call gave, or its error. */
    static Descriptor descriptor(String action, long result) {
        if (result < 0) {
            throw new SystemCallException(action, (int) -result);
        }
        return new Descriptor((int) result);
    }
}
