package org.berth.control;

import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.compose.Port;

/**
 * Where a service is reached.
 *
 * @param names by the network's name on the node: the service's name and aliases in that network
 * @param ports published on the host, balanced over the tasks
 * @param tasks those that are ready, by number
 */
public record ServiceEndpoints(
        String project, String service, Map<String, Set<String>> names, List<Port> ports, List<Endpoint> tasks) {
    public ServiceEndpoints {
        names = Map.copyOf(names);
        ports = List.copyOf(ports);
        tasks = List.copyOf(tasks);
    }

    /**
     * One ready task.
     *
     * @param addresses by the network's name on the node
     */
    public record Endpoint(String containerId, Map<String, Inet4Address> addresses) {
        public Endpoint {
            addresses = Map.copyOf(addresses);
        }
    }

    /** Whether a container is among the tasks. */
    boolean contains(String containerId) {
        return tasks.stream().anyMatch(task -> task.containerId().equals(containerId));
    }
}
