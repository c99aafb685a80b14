package org.berth.compose;

import java.util.Map;
import java.util.Optional;

/**
 * A network of a project.
 *
 * @param name its name on the node: {@code PROJECT_NAME} unless the file says otherwise
 * @param external made by someone else: never made nor removed with the project
 * @param internal no way out of it
 * @param subnet "10.1.2.0/24" to insist on one
 */
public record ProjectNetwork(
        String name, boolean external, boolean internal, Optional<String> subnet, Map<String, String> labels) {
    public ProjectNetwork {
        labels = Copies.ordered(labels);
    }
}
