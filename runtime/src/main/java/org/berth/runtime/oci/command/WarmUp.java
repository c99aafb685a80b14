package org.berth.runtime.oci.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.berth.runtime.oci.lifecycle.JsonText;

/** Does what commands do, so that the ahead-of-time cache holds what they need. */
final class WarmUp {
    private WarmUp() {}

    static int run() {
        try {
            Path folder = Files.createTempDirectory("berth-oci-");
            try {
                run(folder);
            } finally {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.sorted(Comparator.reverseOrder())
                            .forEach(file -> file.toFile().delete());
                }
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("warm up: " + e.getMessage(), e);
        }
    }

    /** A container without namespaces or groups, whose root is a folder without programs: it fails at the end. */
    private static void run(Path folder) throws IOException {
        Map<String, Object> document = SpecCommand.document(false);
        Files.createDirectories(folder.resolve("bundle/rootfs"));
        Files.writeString(folder.resolve("bundle/config.json"), JsonText.pretty(document));
        String root = folder.resolve("state").toString();
        for (List<String> words : List.of(
                List.of("--root", root, "--cgroup-manager", "disabled", "run", "-b", folder + "/bundle", "warm"),
                List.of("--root", root, "state", "warm"),
                List.of("--root", root, "list"),
                List.of("--root", root, "start", "warm"),
                List.of("--root", root, "kill", "warm", "KILL"),
                List.of("--root", root, "delete", "-f", "warm"))) {
            OciMain.run(words, Map.of());
        }
    }
}
