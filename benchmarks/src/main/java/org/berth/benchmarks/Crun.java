package org.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.base.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code crun run} of a root, timed by the shell that starts it. Debian's crun refuses hybrid cgroups:
 * where the unified hierarchy is mounted beside v1, it runs in a mount namespace without it. Its
 * records are in memory, as they are by its own default.
 */
final class Crun {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String SCRIPT = """
            [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
            for i in $(seq "$1"); do
                start=$EPOCHREALTIME
                "$2" --root "$5" run --bundle "$3" "$4-$i" || exit 1
                end=$EPOCHREALTIME
                echo $(( ${end/./} - ${start/./} ))
            done
            """;

    private Crun() {}

    static Samples run(Path crun, Path root, int warmUps, int runs) throws IOException, InterruptedException {
        Path bundle = Files.createTempDirectory("berth-bench-crun-");
        Path state = Folders.inMemory("berth-bench-crun-");
        try {
            spec(crun, bundle, root);
            Process process = new ProcessBuilder(
                            "unshare",
                            "--mount",
                            "--propagation=private",
                            "bash",
                            "-c",
                            SCRIPT,
                            "crun",
                            String.valueOf(warmUps + runs),
                            crun.toString(),
                            bundle.toString(),
                            "berth-bench-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet(),
                            state.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            if (process.waitFor() != 0) {
                throw new IOException("crun run failed");
            }
            return new Samples(lines.stream()
                    .skip(warmUps)
                    .mapToDouble(line -> Double.parseDouble(line) / 1000)
                    .toArray());
        } finally {
            Files.delete(bundle.resolve("config.json"));
            Files.delete(bundle);
            Folders.remove(state);
        }
    }

    private static void spec(Path crun, Path bundle, Path root) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(crun.toString(), "spec")
                .directory(bundle.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("crun spec failed");
        }
        Path file = bundle.resolve("config.json");
        ObjectNode config = (ObjectNode) Json.MAPPER.readTree(Files.readString(file));
        config.putObject("root").put("path", root.toString()).put("readonly", true);
        ObjectNode first = (ObjectNode) config.path("process");
        first.put("terminal", false);
        first.putArray("args").add("/bin/true");
        Files.writeString(file, Json.pretty().writeValueAsString(config));
    }
}
