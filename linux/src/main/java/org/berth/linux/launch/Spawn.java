package org.berth.linux.launch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;

/**
 * posix_spawn(3) of glibc: the one way to start a process from a JVM that runs no Java between the
 * clone and the exec. The new process leads a session of its own, blocks every signal and has the
 * default action for each.
 */
final class Spawn {
    /** Room for posix_spawnattr_t (336 bytes) and posix_spawn_file_actions_t (80) of glibc. */
    private static final int ATTRIBUTES_SIZE = 512;

    private static final int ACTIONS_SIZE = 128;
    private static final int SIGNAL_SET_SIZE = 128;
    private static final short SET_SIGNAL_DEFAULTS = 0x04;
    private static final short SET_SIGNAL_MASK = 0x08;
    private static final short SET_SESSION = 0x80;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SPAWN = function("posix_spawn", 6);
    private static final MethodHandle ACTIONS_INIT = function("posix_spawn_file_actions_init", 1);
    private static final MethodHandle ACTIONS_DESTROY = function("posix_spawn_file_actions_destroy", 1);
    private static final MethodHandle ADD_DUP2 = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("posix_spawn_file_actions_adddup2"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MemorySegment ATTRIBUTES = attributes();

    private Spawn() {}

    /**
     * Starts the executable file {@code path}; {@code descriptors.get(i)} becomes its descriptor
     * {@code first + i}.
     *
     * @return its process id
     * @throws SystemCallException when the kernel refuses
     */
    static long spawn(String path, List<String> arguments, int first, List<Descriptor> descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(ACTIONS_SIZE, 16);
            check("prepare posix_spawn", (int) ACTIONS_INIT.invokeExact(actions));
            try {
                for (int i = 0; i < descriptors.size(); i++) {
                    int number = descriptors.get(i).number();
                    check("pass descriptor " + number, (int) ADD_DUP2.invokeExact(actions, number, first + i));
                }
                MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
                MemorySegment program = arena.allocateFrom(path);
                MemorySegment list = pointers(arena, arguments);
                MemorySegment environment = pointers(arena, List.of());
                int error = (int) SPAWN.invokeExact(pid, program, actions, ATTRIBUTES, list, environment);
                check("execute the launch program", error);
                return pid.get(ValueLayout.JAVA_INT, 0);
            } finally {
                int ignored = (int) ACTIONS_DESTROY.invokeExact(actions);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("posix_spawn", e);
        }
    }

    private static MemorySegment pointers(Arena arena, List<String> texts) {
        MemorySegment list = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            list.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        return list;
    }

    private static MemorySegment attributes() {
        Arena arena = Arena.global();
        MemorySegment attributes = arena.allocate(ATTRIBUTES_SIZE, 16);
        MemorySegment all = arena.allocate(SIGNAL_SET_SIZE, 8).fill((byte) 0xff);
        try {
            check("prepare posix_spawn", (int)
                    function("posix_spawnattr_init", 1).invokeExact(attributes));
            check("prepare posix_spawn", (int)
                    function("posix_spawnattr_setsigmask", 2).invokeExact(attributes, all));
            check("prepare posix_spawn", (int)
                    function("posix_spawnattr_setsigdefault", 2).invokeExact(attributes, all));
            MethodHandle setFlags = LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("posix_spawnattr_setflags"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_SHORT));
            short flags = (short) (SET_SIGNAL_DEFAULTS | SET_SIGNAL_MASK | SET_SESSION);
            check("prepare posix_spawn", (int) setFlags.invokeExact(attributes, flags));
        } catch (Throwable e) {
            throw new IllegalStateException("posix_spawn attributes", e);
        }
        return attributes;
    }

    private static MethodHandle function(String name, int pointers) {
        ValueLayout[] arguments = new ValueLayout[pointers];
        java.util.Arrays.fill(arguments, ValueLayout.ADDRESS);
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /** These functions return the error number. */
    private static void check(String action, int error) {
        if (error != 0) {
            throw new SystemCallException(action, error);
        }
    }
}
