package org.berth.compose;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to load, and with which environment.
 *
 * @param folder where a Compose file is looked for when {@code file} is empty
 * @param file the file itself ({@code -f}); else COMPOSE_FILE names it
 * @param projectName the project's name ({@code -p}); else COMPOSE_PROJECT_NAME, the file's
 *     {@code name}, the folder's name
 * @param profiles profiles to activate ({@code --profile}); COMPOSE_PROFILES adds to them
 * @param environment the process's environment; {@code .env} beside the file lies below it
 */
public record LoadRequest(
        Path folder,
        Optional<Path> file,
        Optional<String> projectName,
        List<String> profiles,
        Map<String, String> environment) {
    public LoadRequest {
        profiles = List.copyOf(profiles);
        environment = Map.copyOf(environment);
    }

    /** A folder, or a file, with nothing else said. */
    public static LoadRequest of(Path folder, Map<String, String> environment) {
        return new LoadRequest(folder, Optional.empty(), Optional.empty(), List.of(), environment);
    }
}
