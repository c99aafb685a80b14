package org.berth.linux.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** A group's folder with all groups below it: its processes, and its removal. */
final class GroupTree {
    /** How long the kernel may take: to freeze, to end processes, to let go of a group. */
    static final Duration DEADLINE = Duration.ofSeconds(10);

    private static final long PAUSE_NANOS_MIN = 200_000;
    private static final long PAUSE_NANOS_MAX = 20_000_000;
    private static final int NESTED_MAX = 64;

    private GroupTree() {}

    /** The ids of all processes in it, in this pid namespace; those of other namespaces, written as 0, are left out. */
    static List<Long> processes(Path folder) {
        List<Long> all = new ArrayList<>(own(folder));
        nested(folder).forEach(below -> all.addAll(own(below)));
        return List.copyOf(all);
    }

    /** Removes it, waiting for processes that are about to be gone; what is not there is fine. */
    static void remove(Path folder) {
        String action = "remove the control group " + folder;
        await(action, () -> {
            long result = CgroupFiles.removeFolder(folder);
            if (result == -Errno.EBUSY || result == -Errno.ENOTEMPTY) {
                nested(folder).forEach(CgroupFiles::removeFolder);
                return CgroupFiles.removeFolder(folder) == 0;
            }
            if (result < 0 && result != -Errno.ENOENT) {
                throw new SystemCallException(action, (int) -result);
            }
            return true;
        });
    }

    /**
     * Sends a signal to a process by pidfd, and only while it is still listed: its number may be
     * another's by now.
     */
    static void signal(Path folder, long pid, int signal) {
        long opened = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (opened < 0) {
            return;
        }
        try (Descriptor process = new Descriptor((int) opened)) {
            if (processes(folder).contains(pid)) {
                SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, process.number(), signal, 0, 0);
            }
        }
    }

    /** @throws SystemCallException ETIMEDOUT when the condition does not come true in time */
    static void await(String action, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        long pause = PAUSE_NANOS_MIN;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new SystemCallException(action, Errno.ETIMEDOUT);
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(PAUSE_NANOS_MAX, pause * 2);
        }
    }

    /** Groups below a folder, the deepest first. */
    static List<Path> nested(Path folder) {
        try (Stream<Path> below = Files.find(folder, NESTED_MAX, (_, attributes) -> attributes.isDirectory())) {
            return below.filter(path -> !path.equals(folder)).toList().reversed();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // it goes away while we look
        }
    }

    private static List<Long> own(Path folder) {
        return CgroupFiles.read(folder.resolve("cgroup.procs")).stream()
                .flatMap(String::lines)
                .filter(line -> !line.isBlank() && !line.equals("0"))
                .map(Long::parseLong)
                .toList();
    }
}
