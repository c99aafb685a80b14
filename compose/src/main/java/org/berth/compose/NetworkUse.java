package org.berth.compose;

import java.util.Set;

/**
 * A service's place in a network.
 *
 * @param network the network's name in the project
 * @param aliases further names of the service in that network, besides its own
 */
public record NetworkUse(String network, Set<String> aliases) {
    public NetworkUse {
        aliases = Copies.ordered(aliases);
    }
}
