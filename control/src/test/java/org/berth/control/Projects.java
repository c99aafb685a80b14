package org.berth.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;

/** Projects for tests, written as a person writes them. */
final class Projects {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Projects() {}

    /** The project of a Compose file's text; give it a {@code name}. */
    static Project project(String yaml) {
        try {
            Path folder = Files.createTempDirectory("project");
            Path file = folder.resolve("compose.yaml");
            try {
                Files.writeString(file, yaml);
                return ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is asked for, with images of one version. */
    static Desired desired(Project project, String version) {
        Map<String, String> images = new HashMap<>();
        Map<String, Integer> replicas = new HashMap<>();
        project.services().forEach((name, service) -> {
            images.put(name, "sha256:" + name + "-" + version);
            replicas.put(name, service.replicas());
        });
        return new Desired(
                project, 1, START, replicas, images, Map.of(), Map.of(), IdRange.ofIndex(0), Optional.empty());
    }
}
