package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Other engines' programs on this machine. */
final class Peers {
    private static final List<String> FOLDERS =
            List.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin");
    private static final List<String> PACKAGES = List.of(
            "buildah", "crun", "docker.io", "docker-registry", "mmdebstrap", "podman", "runc", "skopeo", "umoci");

    private Peers() {}

    static Optional<Path> find(String program) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Installs the peers from the distribution. A policy file keeps their services from starting (Debian
     * policy, invoke-rc.d): only the benchmark starts and stops them.
     */
    static void install() throws IOException, InterruptedException {
        Path policy = Path.of("/usr/sbin/policy-rc.d");
        boolean ours = !Files.exists(policy);
        if (ours) {
            Files.writeString(policy, "#!/bin/sh\nexit 101\n");
            policy.toFile().setExecutable(true);
        }
        try {
            apt(List.of("update", "-qq"));
            List<String> install = new ArrayList<>(List.of("install", "--yes", "-qq"));
            install.addAll(PACKAGES);
            apt(install);
        } finally {
            if (ours) {
                Files.delete(policy);
            }
        }
    }

    private static void apt(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("apt-get"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        int code = builder.start().waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }
}
