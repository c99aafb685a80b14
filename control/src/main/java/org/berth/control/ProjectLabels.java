package org.berth.control;

import java.util.HashMap;
import java.util.Map;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;

/** Marks networks and volumes as a project's. */
final class ProjectLabels {
    private ProjectLabels() {}

    static ProjectNetwork on(Desired desired, ProjectNetwork network) {
        Map<String, String> labels = new HashMap<>(network.labels());
        labels.put(TaskLabels.PROJECT, desired.name());
        labels.put(TaskLabels.NETWORK, key(desired.project().networks(), network));
        return new ProjectNetwork(network.name(), network.external(), network.internal(), network.subnet(), labels);
    }

    static ProjectVolume on(Desired desired, ProjectVolume volume) {
        Map<String, String> labels = new HashMap<>(volume.labels());
        labels.put(TaskLabels.PROJECT, desired.name());
        labels.put(TaskLabels.VOLUME, key(desired.project().volumes(), volume));
        return new ProjectVolume(volume.name(), volume.external(), labels);
    }

    private static <T> String key(Map<String, T> map, T value) {
        return map.entrySet().stream()
                .filter(entry -> entry.getValue().equals(value))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }
}
