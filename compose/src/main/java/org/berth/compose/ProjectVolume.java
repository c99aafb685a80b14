package org.berth.compose;

import java.util.Map;

/**
 * A named volume of a project.
 *
 * @param name its name on the node: {@code PROJECT_NAME} unless the file says otherwise
 * @param external made by someone else: never made nor removed with the project
 */
public record ProjectVolume(String name, boolean external, Map<String, String> labels) {
    public ProjectVolume {
        labels = Copies.ordered(labels);
    }
}
