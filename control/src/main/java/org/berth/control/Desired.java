package org.berth.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.berth.compose.Mount;
import org.berth.compose.Project;
import org.berth.compose.Service;

/**
 * What was asked for of a project: what the store keeps.
 *
 * @param revision counts its changes, from 1
 * @param replicas by service; what {@code scale} changes
 * @param images by service, ids
 * @param secretDigests by the secret's name; a change of content is a change of the services that
 *     use it
 * @param recreations how often a service was asked to be replaced without a change
 * @param ids recorded for user namespaces
 * @param removal present once it is being taken down
 */
record Desired(
        Project project,
        long revision,
        Instant created,
        Map<String, Integer> replicas,
        Map<String, String> images,
        Map<String, String> secretDigests,
        Map<String, Integer> recreations,
        IdRange ids,
        Optional<Removal> removal) {
    Desired {
        replicas = Map.copyOf(replicas);
        images = Map.copyOf(images);
        secretDigests = Map.copyOf(secretDigests);
        recreations = Map.copyOf(recreations);
    }

    /**
     * How it is taken down.
     *
     * @param volumes whether named volumes go too
     * @param grace overrides every service's
     */
    record Removal(boolean volumes, Optional<Duration> grace) {}

    String name() {
        return project.name();
    }

    int replicas(Service service) {
        return replicas.getOrDefault(service.name(), service.replicas());
    }

    /** Whether two tasks of the service must never run at once: one replica that writes a volume. */
    boolean singleWriter(Service service) {
        return replicas(service) <= 1
                && service.mounts().stream().anyMatch(mount -> mount.kind() == Mount.Kind.VOLUME && !mount.readOnly());
    }

    Desired withRemoval(Removal asked) {
        return new Desired(
                project, revision, created, replicas, images, secretDigests, recreations, ids, Optional.of(asked));
    }

    Desired withReplicas(Map<String, Integer> numbers) {
        return new Desired(project, revision + 1, created, numbers, images, secretDigests, recreations, ids, removal);
    }

    Desired withRevision(long number) {
        return new Desired(project, number, created, replicas, images, secretDigests, recreations, ids, removal);
    }
}
