package org.berth.builder;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerRequest.Mount;

/**
 * A program to run on the image that is being built.
 *
 * @param where for errors: "Dockerfile:3", "requirements.txt"
 * @param text what is done, for people and for the image's history
 * @param arguments program and arguments
 * @param environment NAME to value, over the image's; it makes the result another
 * @param passing NAME to value, of the environment of the build: it reaches the program, and neither
 *     the image nor the cache's key
 * @param inputs digests of what the mounts hold, as far as the result depends on it
 * @param mounts what it sees besides the image
 * @param explanation what its last lines mean when it fails
 */
record RunStep(
        String where,
        String text,
        List<String> arguments,
        Map<String, String> environment,
        Map<String, String> passing,
        List<String> inputs,
        List<Mount> mounts,
        Explanation explanation) {
    RunStep {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        passing = Map.copyOf(passing);
        inputs = List.copyOf(inputs);
        mounts = List.copyOf(mounts);
    }

    /** Tells from a failed program's last lines what went wrong, better than the lines themselves. */
    @FunctionalInterface
    interface Explanation {
        /** The lines speak for themselves. */
        Explanation NONE = lines -> Optional.empty();

        Optional<String> explain(List<String> lastLines);
    }
}
