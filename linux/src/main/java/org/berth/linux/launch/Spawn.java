package org.berth.linux.launch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.NativeFunction;
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
    private static final int SET_SIGNAL_DEFAULTS = 0x04;
    private static final int SET_SIGNAL_MASK = 0x08;
    private static final int SET_SESSION = 0x80;

    private static final NativeFunction SPAWN = NativeFunction.of("posix_spawn");
    private static final NativeFunction ACTIONS_INIT = NativeFunction.of("posix_spawn_file_actions_init");
    private static final NativeFunction ACTIONS_DESTROY = NativeFunction.of("posix_spawn_file_actions_destroy");
    private static final NativeFunction ADD_DUP2 = NativeFunction.of("posix_spawn_file_actions_adddup2");
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
            check("prepare posix_spawn", ACTIONS_INIT.call(actions.address()));
            try {
                for (int i = 0; i < descriptors.size(); i++) {
                    int number = descriptors.get(i).number();
                    check("pass descriptor " + number, ADD_DUP2.call(actions.address(), number, first + i));
                }
                MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
                long error = SPAWN.call(
                        pid.address(),
                        arena.allocateFrom(path).address(),
                        actions.address(),
                        ATTRIBUTES.address(),
                        pointers(arena, arguments).address(),
                        pointers(arena, List.of()).address());
                check("execute the launch program", error);
                return pid.get(ValueLayout.JAVA_INT, 0);
            } finally {
                ACTIONS_DESTROY.call(actions.address());
            }
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
        prepare("posix_spawnattr_init", attributes.address());
        prepare("posix_spawnattr_setsigmask", attributes.address(), all.address());
        prepare("posix_spawnattr_setsigdefault", attributes.address(), all.address());
        prepare("posix_spawnattr_setflags", attributes.address(), SET_SIGNAL_DEFAULTS | SET_SIGNAL_MASK | SET_SESSION);
        return attributes;
    }

    private static void prepare(String function, long... arguments) {
        check("prepare posix_spawn", NativeFunction.of(function).call(arguments));
    }

    /** These functions return the error number. */
    private static void check(String action, long result) {
        int error = (int) result;
        if (error != 0) {
            throw new SystemCallException(action, error);
        }
    }
}
