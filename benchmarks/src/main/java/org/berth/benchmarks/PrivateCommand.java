package org.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer's command in a mount namespace of its own, timed by the shell that starts it. Debian's podman and crun refuse
 * hybrid cgroups: the unified hierarchy is not mounted there. Nor is what containers/image knows of blobs from before,
 * and the null device is one that it may change.
 */
final class PrivateCommand {
    private static final String SCRIPT = """
            [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
            [ ! -d /var/lib/containers ] || mount -t tmpfs tmpfs /var/lib/containers
            mount -t tmpfs -o dev,mode=755 tmpfs "$1" && mknod -m 666 "$1/null" c 1 3 && mount --bind "$1/null" /dev/null || exit 1
            shift
            start=$EPOCHREALTIME
            "$@" 1>&2 || exit 1
            end=$EPOCHREALTIME
            echo $(( ${end/./} - ${start/./} ))
            """;

    private PrivateCommand() {}

    /** Runs it to its end. @return milliseconds */
    static double run(List<String> words) throws IOException, InterruptedException {
        Path device = Files.createTempDirectory("berth-bench-null-");
        Path log = Files.createTempFile("berth-bench-", ".log");
        try {
            List<String> command = new ArrayList<>(List.of(
                    "unshare",
                    "--mount",
                    "--propagation=private",
                    "bash",
                    "-c",
                    SCRIPT,
                    words.getFirst(),
                    device.toString()));
            command.addAll(words);
            Process process =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", words) + " failed: " + last(log));
            }
            return Double.parseDouble(said) / 1000;
        } finally {
            Files.delete(log);
            Files.delete(device);
        }
    }

    static double run(String... words) throws IOException, InterruptedException {
        return run(List.of(words));
    }

    private static String last(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        return text.lines().reduce((one, next) -> next).orElse("it said nothing");
    }
}
