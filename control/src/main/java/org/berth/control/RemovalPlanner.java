package org.berth.control;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.compose.Service;

/**
 * What to do next where things go: a whole project, or services that the model no longer has. First
 * the names and ports, then the tasks (dependents before what they depend on), then networks, then
 * volumes where that was asked for.
 */
final class RemovalPlanner {
    private final Desired desired;
    private final NodeObservation observation;
    private final List<View> views;
    private final Memory memory;
    private final Plan plan;

    RemovalPlanner(Desired desired, NodeObservation observation, List<View> views, Memory memory, Plan plan) {
        this.desired = desired;
        this.observation = observation;
        this.views = views;
        this.memory = memory;
        this.plan = plan;
    }

    /** The whole project. */
    void plan(Desired.Removal removal) {
        Set<String> services = new TreeSet<>(desired.project().services().keySet());
        views.forEach(view -> services.add(view.service()));
        services.addAll(memory.servicesInForce());
        services.stream()
                .filter(service -> !neededByOthers(service))
                .forEach(service -> remove(service, removal.grace()));
        observation.oneOffs().forEach(container -> plan.act(new Action.RemoveOther(container)));
        observation.pastRuns().forEach(this::remove);
        boolean empty = views.isEmpty()
                && observation.oneOffs().isEmpty()
                && observation.pastRuns().isEmpty()
                && services.stream().allMatch(memory::endpointsGone);
        if (empty) {
            removeRest(removal);
        }
    }

    private void removeRest(Desired.Removal removal) {
        observation.networks().forEach(network -> plan.act(new Action.RemoveNetwork(network)));
        if (removal.volumes()) {
            observation.volumes().forEach(volume -> plan.act(new Action.RemoveVolume(volume)));
        }
        if (observation.networks().isEmpty()
                && (!removal.volumes() || observation.volumes().isEmpty())
                && memory.inFlight().isEmpty()) {
            plan.gone();
        }
    }

    /** Whether a task still there belongs to a service that depends on this one. */
    private boolean neededByOthers(String service) {
        return views.stream()
                .filter(view -> view.alive() || view.phase() == View.Phase.CREATING)
                .map(view -> desired.project().services().get(view.service()))
                .anyMatch(other -> other != null && dependsOn(other, service));
    }

    private static boolean dependsOn(Service service, String other) {
        return service.dependsOn().stream()
                .anyMatch(dependency -> dependency.service().equals(other));
    }

    /** Services that have tasks or endpoints and are not among those wanted. */
    void planOrphans(Set<String> wanted) {
        Set<String> orphans = new TreeSet<>(memory.servicesInForce());
        views.forEach(view -> orphans.add(view.service()));
        orphans.removeAll(wanted);
        orphans.forEach(service -> remove(service, Optional.empty()));
    }

    /** A past run goes with its place. */
    void planPastRuns(Map<String, Situation> situations) {
        for (NodeObservation.PastRun run : observation.pastRuns()) {
            boolean placed = Optional.ofNullable(situations.get(run.service()))
                    .filter(situation -> situation.hasPlace(run.number()))
                    .isPresent();
            if (!placed) {
                remove(run);
            }
        }
    }

    private void remove(NodeObservation.PastRun run) {
        plan.act(new Action.RemoveOther(run.containerId()));
    }

    private void remove(String service, Optional<Duration> grace) {
        if (!memory.endpointsGone(service)) {
            plan.act(new Action.RemoveEndpoints(desired.name(), service));
        }
        Optional<Duration> own =
                Optional.ofNullable(desired.project().services().get(service)).map(Service::stopGracePeriod);
        for (View view : views) {
            if (!view.service().equals(service)) {
                continue;
            }
            switch (view.phase()) {
                case CREATED, EXITED -> plan.act(new Action.Remove(service, view.name(), view.containerId()));
                case RUNNING -> {
                    if (memory.endpointsGone(service)) {
                        plan.act(new Action.Stop(view.name(), view.containerId(), grace.or(() -> own)));
                    }
                }
                case CREATING, STARTING, STOPPING, REMOVING -> {}
            }
        }
    }
}
