package org.berth.control;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.compose.Dependency;
import org.berth.compose.Mount;
import org.berth.compose.NetworkUse;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;
import org.berth.compose.Service;

/**
 * What a service's tasks wait for before they are made and started: networks and volumes that are
 * there, and {@code depends_on}. A dependency that is being updated counts in its newest form; when
 * that form fails and the old one still serves, the old one counts.
 */
final class Gates {
    private final Desired desired;
    private final NodeObservation observation;
    private final Memory memory;
    private final Map<String, Situation> situations;

    Gates(Desired desired, NodeObservation observation, Memory memory, Map<String, Situation> situations) {
        this.desired = desired;
        this.observation = observation;
        this.memory = memory;
        this.situations = situations;
    }

    /** Why a service's tasks may not start now, in words; empty when they may. */
    Optional<String> closed(Service service) {
        return networks(service)
                .or(() -> volumes(service))
                .or(() -> service.dependsOn().stream()
                        .flatMap(dependency -> dependency(dependency).stream())
                        .findFirst());
    }

    /** Why its endpoints can't be set: a network that is not there. */
    Optional<String> networks(Service service) {
        for (NetworkUse use : service.networks()) {
            ProjectNetwork network = desired.project().networks().get(use.network());
            if (network != null && !there(network.name(), network.external(), observation.networks(), true)) {
                return Optional.of(waits("network " + network.name(), Action.networkKey(network.name())));
            }
        }
        return Optional.empty();
    }

    private Optional<String> volumes(Service service) {
        for (Mount mount : service.mounts()) {
            ProjectVolume volume = desired.project().volumes().get(mount.source());
            if (mount.kind() == Mount.Kind.VOLUME
                    && volume != null
                    && !there(volume.name(), volume.external(), observation.volumes(), false)) {
                return Optional.of(waits("volume " + volume.name(), Action.volumeKey(volume.name())));
            }
        }
        return Optional.empty();
    }

    /** Whether every network and volume of the project is there. */
    boolean equipped() {
        return desired.project().networks().values().stream()
                        .allMatch(network -> there(network.name(), network.external(), observation.networks(), true))
                && desired.project().volumes().values().stream()
                        .allMatch(volume -> there(volume.name(), volume.external(), observation.volumes(), false));
    }

    private boolean there(String name, boolean external, Set<String> observed, boolean network) {
        return external
                ? memory.external(network ? Action.networkKey(name) : Action.volumeKey(name))
                : observed.contains(name);
    }

    private String waits(String what, String key) {
        return "waiting for " + what
                + memory.failures(Action.failureKey(key))
                        .map(failure -> ": " + failure.reason())
                        .orElse("");
    }

    private Optional<String> dependency(Dependency dependency) {
        Situation other = situations.get(dependency.service());
        if (other == null || other.wanted() == 0 || satisfied(other, dependency.condition())) {
            return Optional.empty();
        }
        String what = switch (dependency.condition()) {
            case STARTED -> "start";
            case HEALTHY -> "be healthy";
            case COMPLETED -> "complete";
        };
        return Optional.of("waiting for " + dependency.service() + " to " + what + trouble(other));
    }

    private static boolean satisfied(Situation other, Dependency.Condition condition) {
        return switch (condition) {
            case STARTED ->
                other.current().stream()
                                .anyMatch(view ->
                                        view.phase() == View.Phase.RUNNING || other.done(view) || other.failed(view))
                        || other.failing() && !other.old().isEmpty();
            case HEALTHY ->
                other.currentReady() > 0
                        || other.failing() && other.old().stream().anyMatch(View::ready);
            case COMPLETED -> other.current().stream().filter(other::done).count() >= other.wanted();
        };
    }

    private static String trouble(Situation other) {
        return other.trouble()
                .map(failure ->
                        ": " + failure.getKey() + " " + failure.getValue().reason())
                .orElse("");
    }
}
