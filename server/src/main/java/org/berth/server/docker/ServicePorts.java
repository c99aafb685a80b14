package org.berth.server.docker;

import java.util.List;
import java.util.Map;
import org.berth.control.TaskLabels;
import org.berth.network.Networks.PublishedPort;

/**
 * The ports that a task is reached by: they are its service's, published once for all replicas.
 *
 * @param published every published port, by "PROJECT/SERVICE"
 */
record ServicePorts(Map<String, List<PublishedPort>> published) {
    /** Those of the task that has these labels; none of what belongs to no service. */
    List<PublishedPort> of(Map<String, String> labels) {
        String service =
                labels.getOrDefault(TaskLabels.PROJECT, "") + "/" + labels.getOrDefault(TaskLabels.SERVICE, "");
        return published.getOrDefault(service, List.of());
    }
}
