package org.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The raw system call, by number (syscall(2)), through libc's {@code syscall} so that {@code errno}
 * is read in the same downcall. Numbers are those of x86-64 ({@link SystemCallNumber}).
 *
 * <p>Nothing here may be used to change a property of the calling thread (namespaces, credentials,
 * working folder) but on a platform thread of one's own: the JVM moves virtual threads about.
 */
public final class SystemCalls {
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(1));

    private SystemCalls() {}

    /**
     * Makes a system call; arguments are numbers, descriptors or addresses.
     *
     * @return the result, or the negated error number: -4095 to -1
     */
    public static long attempt(int number, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            long result = (long) SYSCALL.invokeExact(
                    capture,
                    (long) number,
                    argument(arguments, 0),
                    argument(arguments, 1),
                    argument(arguments, 2),
                    argument(arguments, 3),
                    argument(arguments, 4),
                    argument(arguments, 5));
            return result == -1 ? -(int) ERRNO.get(capture, 0L) : result;
        } catch (Throwable e) {
            throw new IllegalStateException("system call " + number, e);
        }
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

    private static long argument(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0L;
    }
}
