package org.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * podman on folders of its own, with crun below it. As crun, it refuses hybrid cgroups: where the
 * unified hierarchy is mounted beside v1, it runs in a mount namespace without it.
 */
final class Podman {
    private static final String SCRIPT = """
            [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
            engine="$1 --root $2/root --runroot $3 --tmpdir $3/tmp --cgroup-manager cgroupfs --events-backend none"
            run="$engine run --detach --quiet --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --network none --rootfs"
            $run "$4:O" sleep infinity >/dev/null || exit 1
            start=$EPOCHREALTIME
            seq "$5" | xargs -P "$6" -I N $run "$4:O" sleep infinity >/dev/null || exit 1
            end=$EPOCHREALTIME
            $engine rm --all --force --time 0 >/dev/null || exit 1
            echo $(( ${end/./} - ${start/./} ))
            """;

    private Podman() {}

    /** How long {@code containers} of a root take to start, several at once. @return milliseconds */
    static double start(Path podman, Path root, int containers, int workers) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("berth-bench-podman-");
        Path state = Folders.inMemory("berth-bench-podman-");
        try {
            Process process = new ProcessBuilder(List.of(
                            "unshare",
                            "--mount",
                            "--propagation=private",
                            "bash",
                            "-c",
                            SCRIPT,
                            "podman",
                            podman.toString(),
                            folder.toString(),
                            state.toString(),
                            root.toString(),
                            String.valueOf(containers),
                            String.valueOf(workers)))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IOException("podman run failed");
            }
            return Double.parseDouble(said) / 1000;
        } finally {
            Folders.remove(folder);
            Folders.remove(state);
        }
    }
}
