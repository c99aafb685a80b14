package org.berth.control;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;
import org.berth.compose.Service;

/**
 * What to do next for a project: a pure function of what was asked for, what there is, what is
 * remembered and the time. It changes nothing; {@link ProjectCore} carries its plan out.
 */
final class Reconciler {
    private final Desired desired;
    private final NodeObservation observation;
    private final Memory memory;
    private final Timing timing;
    private final Instant now;
    private final List<View> views;
    private final Map<String, Situation> situations = new LinkedHashMap<>();
    private final Gates gates;

    /** @param hashes each service's, {@link TaskSpecs#hashes} */
    Reconciler(
            Desired desired,
            Map<String, String> hashes,
            NodeObservation observation,
            Memory memory,
            Timing timing,
            Instant now) {
        this.desired = desired;
        this.observation = observation;
        this.memory = memory;
        this.timing = timing;
        this.now = now;
        this.views = View.all(observation, memory.inFlight());
        for (Service service : desired.project().services().values()) {
            String hash = hashes.getOrDefault(service.name(), "");
            situations.put(service.name(), Situation.of(desired, service, hash, views, memory, timing, now));
        }
        this.gates = new Gates(desired, observation, memory, situations);
    }

    /** What to do now. */
    Plan plan() {
        Plan plan = new Plan(memory, timing, now);
        if (desired.removal().isPresent()) {
            new RemovalPlanner(desired, observation, views, memory, plan)
                    .plan(desired.removal().get());
            return plan;
        }
        desired.project().networks().values().forEach(network -> ensure(network, plan));
        desired.project().volumes().values().forEach(volume -> ensure(volume, plan));
        situations.values().forEach(situation -> {
            ServicePlanner planner = new ServicePlanner(desired, situation, gates.closed(situation.service()), plan);
            planner.plan();
            if (gates.networks(situation.service()).isEmpty()) {
                planner.planEndpoints();
            }
        });
        RemovalPlanner removal = new RemovalPlanner(desired, observation, views, memory, plan);
        removal.planOrphans(situations.keySet());
        removal.planPastRuns(situations);
        removeOldNetworks(plan);
        return plan;
    }

    /** How the project is. */
    ProjectStatus status(String node) {
        return new StatusReport(desired, situations, gates, memory, node).project();
    }

    private void ensure(ProjectNetwork network, Plan plan) {
        boolean there = network.external()
                ? memory.external(Action.networkKey(network.name()))
                : observation.networks().contains(network.name());
        if (!there) {
            plan.act(new Action.EnsureNetwork(ProjectLabels.on(desired, network)));
        }
    }

    private void ensure(ProjectVolume volume, Plan plan) {
        boolean there = volume.external()
                ? memory.external(Action.volumeKey(volume.name()))
                : observation.volumes().contains(volume.name());
        if (!there) {
            plan.act(new Action.EnsureVolume(ProjectLabels.on(desired, volume)));
        }
    }

    /** A network that the model no longer has goes once no task of an older form can be in it. */
    private void removeOldNetworks(Plan plan) {
        boolean settled = situations.values().stream()
                        .allMatch(situation ->
                                situation.views().size() == situation.current().size())
                && views.stream().allMatch(view -> situations.containsKey(view.service()))
                && observation.oneOffs().isEmpty();
        if (!settled) {
            return;
        }
        Set<String> wanted = new HashSet<>();
        desired.project().networks().values().forEach(network -> wanted.add(network.name()));
        observation.networks().stream()
                .filter(network -> !wanted.contains(network))
                .forEach(network -> plan.act(new Action.RemoveNetwork(network)));
    }
}
