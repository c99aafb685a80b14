package org.berth.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;

/** Secrets' digests: a change of content replaces the tasks that use it; the content is kept nowhere. */
final class Secrets {
    /** As much as Swarm takes (docs: 500 kB). */
    private static final long BYTES_MAX = 500_000;

    private Secrets() {}

    static Map<String, String> digests(Project project) {
        Map<String, String> digests = new TreeMap<>();
        project.secrets().forEach((name, secret) -> digests.put(name, digest(name, Path.of(secret.file()))));
        return digests;
    }

    private static String digest(String name, Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new BerthException(ErrorCode.INVALID, "secret " + name + ": " + file + " is a folder");
            }
            if (Files.size(file) > BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID, "secret " + name + ": " + file + " is larger than " + BYTES_MAX + " bytes");
            }
            return TaskSpecs.sha256(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new BerthException(ErrorCode.INVALID, "secret " + name + ": " + file + " does not exist", e);
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "secret " + name + ": " + file + " can't be read: " + e.getMessage(), e);
        }
    }
}
