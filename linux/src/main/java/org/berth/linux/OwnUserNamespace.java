package org.berth.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The user namespace that this process is in (user_namespaces(7)): the machine's own, or one below it, as an ordinary
 * user makes it. In the latter root rules what belongs to the namespace and nothing else: no devices are made, no groups
 * are limited but those that were handed to the user.
 */
public final class OwnUserNamespace {
    private static final String EVERY_ID = "4294967295";

    private OwnUserNamespace() {}

    /** Whether it is the machine's own. */
    public static boolean isMachines() {
        return Known.MACHINES;
    }

    /** Whether a map (/proc/PID/uid_map) is the one of the machine's own: each id as it is. */
    static boolean isMachines(String map) {
        return map.isBlank() || map.strip().split("\\s+").length == 3 && map.contains(EVERY_ID);
    }

    /** The last of the group ids from 0 on that it has without a gap; {@code most} when it has them all, or more. */
    public static long lastGroup(long most) {
        return isMachines() ? most : Math.min(most, last(read("gid_map")));
    }

    /** The last of the ids from 0 on that a map has without a gap; -1 when it has no 0. */
    static long last(String map) {
        long last = -1;
        List<long[]> ranges = map.lines()
                .map(line -> Arrays.stream(line.strip().split("\\s+"))
                        .mapToLong(Long::parseLong)
                        .toArray())
                .filter(range -> range.length == 3)
                .sorted(Comparator.comparingLong(range -> range[0]))
                .toList();
        for (long[] range : ranges) {
            if (range[0] == last + 1) {
                last += range[2];
            }
        }
        return last;
    }

    /**
     * What a refused change of an owner means here, in words to follow what was tried; empty for what it says itself.
     *
     * @param errno of chown(2), positive
     */
    public static Optional<String> refusedOwner(int errno) {
        return isMachines() || errno != Errno.EINVAL
                ? Optional.empty()
                : Optional.of(
                        "the user who runs this was not given such an id; lines in /etc/subuid and /etc/subgid give"
                                + " ids (docs/rootless.md)");
    }

    /** The same of a device that can't be made, mknod(2). */
    public static Optional<String> refusedDevice(int errno) {
        return isMachines() || errno != Errno.EPERM
                ? Optional.empty()
                : Optional.of("only the machine's root makes devices (docs/rootless.md)");
    }

    private static String read(String file) {
        try {
            return new String(Files.readAllBytes(Path.of("/proc/self", file)), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return ""; // a kernel without user namespaces has no such file
        }
    }

    /** Read when it is first asked for; a process with threads can't change it. */
    private static final class Known {
        private static final boolean MACHINES = isMachines(read("uid_map"));
    }
}
