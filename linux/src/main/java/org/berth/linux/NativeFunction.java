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
 * A function of libc that takes and returns whole numbers and addresses, none of them wider than a register:
 * all are called in one shape, seven longs. A shape costs tens of milliseconds the first time it is used in a
 * process, and no cache keeps what is made then; on x86-64 (System V calling convention) a function finds its
 * arguments where it looks for them, and does not look at the others.
 */
public final class NativeFunction {
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);

    /** Takes the function's address first. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(SHAPE, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));

    private final String name;
    private final MemorySegment address;

    private NativeFunction(String name) {
        this.name = name;
        this.address = Linker.nativeLinker().defaultLookup().findOrThrow(name);
    }

    /** The function of that name. @throws java.util.NoSuchElementException when libc has none */
    public static NativeFunction of(String name) {
        return new NativeFunction(name);
    }

    /** Calls it. @param arguments at most six. @return its result; of one that is an int the low half */
    public long call(long... arguments) {
        return call(false, argument(arguments, 0), arguments, 1);
    }

    /** As {@link #call}, of a function that returns -1 and sets errno. @return the negated errno then */
    long attempt(long first, long... rest) {
        return call(true, first, rest, 0);
    }

    private long call(boolean tellsErrno, long first, long[] rest, int from) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            long result = (long) CALL.invokeExact(
                    address,
                    capture,
                    first,
                    argument(rest, from),
                    argument(rest, from + 1),
                    argument(rest, from + 2),
                    argument(rest, from + 3),
                    argument(rest, from + 4),
                    argument(rest, from + 5));
            return tellsErrno && result == -1 ? -(int) ERRNO.get(capture, 0L) : result;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static long argument(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0L;
    }
}
