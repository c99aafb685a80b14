package org.berth.linux.cgroup;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** Hands a v2 group to a user (kernel Documentation/admin-guide/cgroup-v2.rst, "Delegation"). */
final class Delegation {
    private static final Path KERNEL_LIST = Path.of("/sys/kernel/cgroup/delegate");
    private static final String BEFORE_THE_LIST = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control";
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;

    private Delegation() {}

    static void give(Path folder, int uid, int gid) {
        for (Path each : files(folder, CgroupFiles.read(KERNEL_LIST).orElse(BEFORE_THE_LIST))) {
            if (Files.exists(each)) {
                own(each, uid, gid);
            }
        }
    }

    /** The folder, then its delegated files; the kernel names also those it has not made here. */
    static List<Path> files(Path folder, String list) {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(folder),
                        list.lines()
                                .map(String::strip)
                                .filter(name -> name.matches("[a-z_.]+"))
                                .map(folder::resolve))
                .toList();
    }

    private static void own(Path file, int uid, int gid) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "give " + file + " to user " + uid,
                    SystemCallNumber.FCHOWNAT,
                    AT_FDCWD,
                    SystemCalls.text(arena, file.toString()).address(),
                    uid,
                    gid,
                    AT_SYMLINK_NOFOLLOW);
        }
    }
}
