package org.berth.compose;

import java.util.Map;
import java.util.Optional;

/**
 * How a service's image is built.
 *
 * @param context the folder, absolute
 * @param dockerfile relative to the context, or absolute; empty for {@code Dockerfile}, and where
 *     there is none, for what the folder itself shows (requirements.txt, ...)
 * @param arguments values of the Dockerfile's ARGs
 * @param target the stage to build; empty for the last
 */
public record Build(
        String context, Optional<String> dockerfile, Map<String, String> arguments, Optional<String> target) {
    public Build {
        arguments = Copies.ordered(arguments);
    }
}
