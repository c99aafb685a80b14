package org.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The machine and the versions that a run was made with. */
final class Machine {
    private static final List<String> PROGRAMS = List.of(
            "crun",
            "runc",
            "podman",
            "buildah",
            "skopeo",
            "umoci",
            "dockerd",
            "docker",
            "docker-registry",
            "mmdebstrap");

    private Machine() {}

    static List<String> describe() throws IOException {
        List<String> lines = new ArrayList<>();
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
        lines.add("machine: " + model + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\s+", " "));
        lines.add("kernel " + System.getProperty("os.version") + ", java " + System.getProperty("java.version"));
        for (String program : PROGRAMS) {
            Peers.find(program).flatMap(Machine::version).ifPresent(lines::add);
        }
        return lines;
    }

    private static Optional<String> version(Path program) {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return text.lines().findFirst();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
