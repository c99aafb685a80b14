package org.berth.compose.add;

import java.nio.file.Path;
import java.util.List;

/**
 * A service to add.
 *
 * @param file the Compose file; made when it is missing
 * @param name the service's, and its volume's, network's and folder's
 * @param connect services that are to reach it; empty: the only one that was not added so itself
 */
public record AddRequest(ServiceKind kind, Path file, String name, List<String> connect) {
    public AddRequest {
        connect = List.copyOf(connect);
    }
}
