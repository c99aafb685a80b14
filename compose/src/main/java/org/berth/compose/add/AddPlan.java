package org.berth.compose.add;

import java.util.List;
import java.util.Set;

/**
 * What adding a service writes.
 *
 * @param compose the Compose file's text afterwards
 * @param files what is written beside it; none is there yet
 * @param ignored what no image may get, for .dockerignore
 * @param connected services that reach it
 * @param notes what the user should know
 */
public record AddPlan(
        String compose, List<NewFile> files, Set<String> ignored, List<String> connected, List<String> notes) {
    public AddPlan {
        files = List.copyOf(files);
        ignored = Set.copyOf(ignored);
        connected = List.copyOf(connected);
        notes = List.copyOf(notes);
    }

    /**
     * A file.
     *
     * @param path relative to the project's folder
     * @param mode permission bits
     */
    public record NewFile(String path, String content, int mode) {}
}
