package org.berth.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.user.MappedFolder;

/** Whether this machine can give containers ids of their own. */
final class HostSupport {
    /** A new procfs is refused in a user namespace where the one that is there hides something (mount_too_revealing). */
    private static final List<String> HARMLESS = List.of("/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd");

    private HostSupport() {}

    /**
     * Why it can't, in words; empty when it can.
     *
     * @param users gives a user namespace, or says why there is none
     * @param folder where layers are
     */
    static Optional<String> lacks(Supplier<Descriptor> users, Path folder) {
        try {
            if (!MappedFolder.isPossible(folder, users.get())) {
                return Optional.of("the kernel (6.15 or newer is needed) or the file system of " + folder
                        + " has no id-mapped mounts");
            }
            return hidden(mounts()).map(place -> place + " is covered, so that no other procfs can be mounted");
        } catch (SystemCallException | UncheckedIOException | BerthException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** What hides a part of /proc. */
    static Optional<String> hidden(List<String> mountLines) {
        return mountLines.stream()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 5)
                .filter(fields ->
                        fields[4].startsWith("/proc/") && HARMLESS.stream().noneMatch(fields[4]::startsWith))
                .map(fields -> fields[4])
                .findFirst();
    }

    private static List<String> mounts() {
        try {
            return Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
