package org.berth.control;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.compose.HealthCheck;
import org.berth.compose.Jail;
import org.berth.compose.Limits;
import org.berth.compose.Mount;

/**
 * All that a node needs to make a task's container.
 *
 * @param name the container's name, {@code PROJECT-SERVICE-NUMBER}; DNS answers to it too
 * @param hash of everything here that makes one task differ from another of the service's past: a
 *     task with another hash is out of date
 * @param image the image's id
 * @param imageName as a person calls it
 * @param environment over the image's
 * @param labels the service's and {@link TaskLabels}
 * @param mounts a volume's source is its name on the node
 * @param networks names on the node; the first carries the default route
 * @param stopSignal empty for the image's
 * @param hostUsers whether its user ids are the machine's; else it has the project's
 * @param runtime another OCI runtime; empty for Berth's own
 * @param jail in what its jail differs from the standard one
 */
public record TaskSpec(
        String project,
        String service,
        int number,
        String name,
        String hash,
        String image,
        String imageName,
        Optional<List<String>> entrypoint,
        Optional<List<String>> command,
        Map<String, String> environment,
        Optional<String> user,
        Optional<String> workingDirectory,
        Optional<String> hostname,
        Map<String, String> labels,
        List<Mount> mounts,
        List<String> networks,
        List<TaskSecret> secrets,
        Limits limits,
        Optional<HealthCheck> healthCheck,
        OptionalInt stopSignal,
        Duration stopGracePeriod,
        boolean init,
        boolean hostUsers,
        Optional<String> runtime,
        Optional<Jail> jail) {
    public TaskSpec {
        environment = Map.copyOf(environment);
        labels = Map.copyOf(labels);
        mounts = List.copyOf(mounts);
        networks = List.copyOf(networks);
        secrets = List.copyOf(secrets);
    }

    /**
     * A secret's file in the container.
     *
     * @param file the host's file
     * @param target below {@code /run/secrets}
     */
    public record TaskSecret(String name, String file, String target, long uid, long gid, int mode) {}
}
