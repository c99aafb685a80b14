package org.berth.linux.rootless;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.rootless.SubordinateIds.Range;

/**
 * Writes the maps of a user namespace. More ids than one's own take newuidmap(1) and newgidmap(1): programs with root's
 * rights that hold to /etc/subuid and /etc/subgid, and the only ones of the machine's that are run for this.
 */
final class IdHelpers {
    private static final int SECONDS_MAX = 10;
    private static final int OUTPUT_MAX = 4096;

    private IdHelpers() {}

    /** Where a program is, on the way that programs are looked for. @param path PATH */
    static Optional<Path> find(String name, String path) {
        for (String folder : path.split(":", -1)) {
            Path file = Path.of(folder.isEmpty() ? "/usr/bin" : folder, name);
            if (file.isAbsolute() && Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /**
     * Maps ids by the helpers.
     *
     * @param helper newuidmap or newgidmap
     */
    static void map(Path helper, long pid, List<Range> map) {
        List<String> command = new ArrayList<>(List.of(helper.toString(), Long.toString(pid)));
        map.forEach(range -> command.addAll(List.of(range.line().split(" ", -1))));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            String said;
            try (InputStream output = process.getInputStream()) {
                said = new String(output.readNBytes(OUTPUT_MAX), StandardCharsets.UTF_8).strip();
            }
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new BerthException(ErrorCode.TIMEOUT, helper + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new BerthException(
                        ErrorCode.UNAVAILABLE,
                        String.join(" ", command) + " refuses"
                                + (said.isEmpty() ? "" : ": " + said)
                                + "; do /etc/subuid and /etc/subgid give these ids to this user?");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("run " + helper + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.INTERNAL, "interrupted while " + helper + " ran");
        }
    }

    /** Maps one's own id and group, which any user may; group lists can't be changed then (user_namespaces(7)). */
    static void mapOwn(long pid, Range user, Range group) {
        Path process = Path.of("/proc", Long.toString(pid));
        write(process.resolve("setgroups"), "deny");
        write(process.resolve("uid_map"), user.line());
        write(process.resolve("gid_map"), group.line());
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + file + ": " + e.getMessage(), e);
        }
    }
}
