package org.berth.server.projects;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** What the daemon tells of itself. */
public record DaemonFacts(String version, long pid, Instant started) {
    private static final int PAGE_BYTES = 4096;

    /** Resident memory of this process, in bytes: the second number of /proc/self/statm, in pages. */
    static long residentBytes() {
        try {
            return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * PAGE_BYTES;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
