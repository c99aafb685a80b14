package org.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The raw system call, by number (syscall(2)), through libc's {@code syscall} so that {@code errno}
 * is read in the same downcall. Numbers are those of x86-64 ({@link SystemCallNumber}).
 *
 * <p>Nothing here may be used to change a property of the calling thread (namespaces, credentials,
 * working folder) but on a platform thread of one's own: the JVM moves virtual threads about.
 */
public final class SystemCalls {
    private static final NativeFunction SYSCALL = NativeFunction.of("syscall");

    private SystemCalls() {}

    /**
     * Makes a system call; arguments are numbers, descriptors or addresses.
     *
     * @return the result, or the negated error number: -4095 to -1
     */
    public static long attempt(int number, long... arguments) {
        return SYSCALL.attempt(number, arguments);
    }

    /**
     * Makes a system call that must succeed; an interrupted one (EINTR) is made again.
     *
     * @param action what is tried, in words, for the error: "open /etc/passwd"
     * @throws SystemCallException when the kernel refuses
     */
    public static long call(String action, int number, long... arguments) {
        long result = attempt(number, arguments);
        while (result == -Errno.EINTR) {
            result = attempt(number, arguments);
        }
        if (result < 0) {
            throw new SystemCallException(action, (int) -result);
        }
        return result;
    }

    /** A NUL-terminated copy of {@code text} in {@code arena}, UTF-8. */
    public static MemorySegment text(Arena arena, String text) {
        return arena.allocateFrom(text);
    }
}
