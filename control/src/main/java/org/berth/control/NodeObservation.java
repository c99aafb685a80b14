package org.berth.control;

import java.util.List;
import java.util.Set;

/**
 * What a node has of a project.
 *
 * @param tasks containers of services
 * @param pastRuns dead tasks that others stand in for, kept for their logs
 * @param oneOffs ids of other containers of the project ({@code berth run})
 * @param networks names of networks that bear the project's label
 * @param volumes names of volumes that bear the project's label
 */
public record NodeObservation(
        List<ObservedTask> tasks,
        List<PastRun> pastRuns,
        List<String> oneOffs,
        Set<String> networks,
        Set<String> volumes) {
    public NodeObservation {
        tasks = List.copyOf(tasks);
        pastRuns = List.copyOf(pastRuns);
        oneOffs = List.copyOf(oneOffs);
        networks = Set.copyOf(networks);
        volumes = Set.copyOf(volumes);
    }

    /** A container that {@link Node#setAside} kept. */
    public record PastRun(String containerId, String service, int number) {}
}
