package org.berth.builder;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkMode;

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
 * @param surroundings what else its container is
 */
record RunStep(
        String where,
        String text,
        List<String> arguments,
        Map<String, String> environment,
        Map<String, String> passing,
        List<String> inputs,
        List<Mount> mounts,
        Explanation explanation,
        Surroundings surroundings) {
    RunStep(
            String where,
            String text,
            List<String> arguments,
            Map<String, String> environment,
            Map<String, String> passing,
            List<String> inputs,
            List<Mount> mounts,
            Explanation explanation) {
        this(where, text, arguments, environment, passing, inputs, mounts, explanation, Surroundings.PLAIN);
    }

    RunStep {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        passing = Map.copyOf(passing);
        inputs = List.copyOf(inputs);
        mounts = List.copyOf(mounts);
    }

    /**
     * What a step's container is besides its program.
     *
     * @param allRights whether it has all of the machine's rights and devices ({@code --security=insecure})
     * @param targets where its mounts are: what is made for them is no part of the layer
     * @param newest the time that everything newer gets; empty: times stay
     */
    record Surroundings(NetworkMode network, boolean allRights, List<String> targets, Optional<Instant> newest) {
        static final Surroundings PLAIN = new Surroundings(NetworkMode.NETWORKS, false, List.of(), Optional.empty());

        Surroundings {
            targets = List.copyOf(targets);
        }
    }

    /** Tells from a failed program's last lines what went wrong, better than the lines themselves. */
    @FunctionalInterface
    interface Explanation {
        /** The lines speak for themselves. */
        Explanation NONE = lines -> Optional.empty();

        Optional<String> explain(List<String> lastLines);
    }
}
