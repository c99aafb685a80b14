package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.OpenFile;

/** A place that is held by descriptor, bound to a folder of ours: a path that whoever else writes there can't change. */
final class HeldMount implements AutoCloseable {
    private static final long MS_BIND = 0x1000;
    private static final long MS_PRIVATE = 0x40000;
    private static final long MNT_DETACH = 2;
    private static final long UMOUNT_NOFOLLOW = 8;
    private static final int LEFT_MAX = 64;

    private final Path target;

    private HeldMount(Path target) {
        this.target = target;
    }

    /** Binds a folder that is held to an empty one of ours, which is made. */
    static HeldMount of(OpenFile held, Path target) {
        try (Arena arena = Arena.ofConfined()) {
            Files.createDirectories(target);
            // the descriptor is what is bound: a link in the place of the folder it was is not followed
            String source = "/proc/self/fd/" + held.descriptor().number();
            mount(arena, source, target, MS_BIND);
            HeldMount mount = new HeldMount(target);
            mount(arena, "none", target, MS_PRIVATE);
            return mount;
        } catch (IOException e) {
            throw new UncheckedIOException("make " + target, e);
        }
    }

    Path path() {
        return target;
    }

    /** Ends what a daemon that was killed left bound in a folder. */
    static void endAll(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                int left = LEFT_MAX;
                while (left-- > 0 && unmounted(file)) {
                    // a place may be bound more than once
                }
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("tidy " + folder, e);
        }
    }

    @Override
    public void close() {
        unmounted(target);
        try {
            Files.deleteIfExists(target);
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + target, e);
        }
    }

    private static void mount(Arena arena, String source, Path target, long flags) {
        SystemCalls.call(
                "bind " + target,
                SystemCallNumber.MOUNT,
                SystemCalls.text(arena, source).address(),
                SystemCalls.text(arena, target.toString()).address(),
                0,
                flags,
                0);
    }

    private static boolean unmounted(Path target) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCalls.attempt(
                    SystemCallNumber.UMOUNT2,
                    SystemCalls.text(arena, target.toString()).address(),
                    MNT_DETACH | UMOUNT_NOFOLLOW);
            if (result < 0 && !List.of(-Errno.EINVAL, -Errno.ENOENT).contains((int) result)) {
                throw new SystemCallException("unmount " + target, (int) -result);
            }
            return result == 0;
        }
    }
}
