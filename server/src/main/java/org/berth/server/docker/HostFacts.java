package org.berth.server.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the host says of itself. */
public final class HostFacts {
    private HostFacts() {}

    /** Memory in bytes (proc_meminfo(5)). */
    static long memoryBytes() {
        String line = firstMatch(Path.of("/proc/meminfo"), "MemTotal:");
        return line.isEmpty() ? 0 : Long.parseLong(line.split("\\s+")[1]) * 1024;
    }

    /** The kernel's release: "6.12.0". */
    public static String kernel() {
        return read(Path.of("/proc/sys/kernel/osrelease"));
    }

    static String hostname() {
        return read(Path.of("/proc/sys/kernel/hostname"));
    }

    /** The distribution's name, as /etc/os-release has it (os-release(5)). */
    static String operatingSystem() {
        Path file = Path.of("/etc/os-release");
        String line = Files.exists(file) ? firstMatch(file, "PRETTY_NAME=") : "";
        return line.isEmpty() ? "Linux" : line.substring(line.indexOf('=') + 1).replace("\"", "");
    }

    /** Whether the host's cgroups are the unified hierarchy (cgroups(7)). */
    static boolean unifiedCgroups() {
        return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    }

    private static String firstMatch(Path file, String prefix) {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(prefix)).findFirst().orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
