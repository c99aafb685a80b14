package org.berth.compose;

import java.util.List;

/**
 * A project and what should be said about its file.
 *
 * @param warnings lines for a person (a variable that is not set), each with its place
 */
public record LoadedProject(Project project, List<String> warnings) {
    public LoadedProject {
        warnings = List.copyOf(warnings);
    }
}
