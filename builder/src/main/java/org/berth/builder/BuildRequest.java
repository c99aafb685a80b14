package org.berth.builder;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image to build.
 *
 * @param context the folder whose files may be copied; nothing outside of it is read
 * @param dockerfile relative to the context, or absolute; empty: {@code Dockerfile}, and where there is
 *     none, what the folder itself shows (requirements.txt)
 * @param target the stage to build; empty for the last
 * @param arguments values of the Dockerfile's ARGs
 * @param tags names the image gets: "noteboard-web"
 * @param noCache whether every step is done anew
 * @param commandGiven whether whoever runs the image says what to run: then a source folder needs no
 *     Procfile
 * @param options what else it may be told
 */
public record BuildRequest(
        Path context,
        Optional<String> dockerfile,
        Optional<String> target,
        Map<String, String> arguments,
        List<String> tags,
        boolean noCache,
        boolean commandGiven,
        BuildOptions options) {
    public BuildRequest {
        arguments = Map.copyOf(arguments);
        tags = List.copyOf(tags);
    }

    /** One with no further options. */
    public BuildRequest(
            Path context,
            Optional<String> dockerfile,
            Optional<String> target,
            Map<String, String> arguments,
            List<String> tags,
            boolean noCache,
            boolean commandGiven) {
        this(context, dockerfile, target, arguments, tags, noCache, commandGiven, BuildOptions.NONE);
    }
}
