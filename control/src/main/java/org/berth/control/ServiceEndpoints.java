package org.berth.control;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.compose.Port;

/**
 * Where a service is reached.
 *
 * @param names by the network's name on the node: the service's name and aliases in that network
 * @param ports published on the host, balanced over the tasks
 * @param tasks container ids of the tasks that are ready, sorted
 */
public record ServiceEndpoints(
        String project, String service, Map<String, Set<String>> names, List<Port> ports, List<String> tasks) {
    public ServiceEndpoints {
        names = Map.copyOf(names);
        ports = List.copyOf(ports);
        tasks = List.copyOf(tasks);
    }
}
