package org.berth.control;

import java.time.Duration;
import java.util.Optional;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;

/** One thing to do on a node. Actions of one plan are independent; one with a key in flight is not begun again. */
sealed interface Action {
    /** Before the key of an action that is not about keeping a task running. */
    String FAILED = "failed ";

    /** What it is about: no two actions of one key at once. */
    String key();

    /**
     * Under which key its failures are counted. Making and starting a task count with the task's own
     * failures, so that one back-off holds for all that keeps it from running.
     */
    default String failureKey() {
        return failureKey(key());
    }

    /** Where failures of an action of this key are counted. */
    static String failureKey(String key) {
        return FAILED + key;
    }

    /** Whether failures counted under this key are an action's, not a task's. */
    static boolean isFailureKey(String key) {
        return key.startsWith(FAILED);
    }

    record EnsureNetwork(ProjectNetwork network) implements Action {
        @Override
        public String key() {
            return networkKey(network.name());
        }
    }

    record EnsureVolume(ProjectVolume volume) implements Action {
        @Override
        public String key() {
            return volumeKey(volume.name());
        }
    }

    record RemoveNetwork(String name) implements Action {
        @Override
        public String key() {
            return networkKey(name);
        }
    }

    record RemoveVolume(String name) implements Action {
        @Override
        public String key() {
            return volumeKey(name);
        }
    }

    record Create(TaskSpec spec) implements Action {
        @Override
        public String key() {
            return taskKey(spec.name());
        }

        @Override
        public String failureKey() {
            return key();
        }
    }

    record Start(String task, String containerId) implements Action {
        @Override
        public String key() {
            return taskKey(task);
        }

        @Override
        public String failureKey() {
            return key();
        }
    }

    record Stop(String task, String containerId, Optional<Duration> grace) implements Action {
        @Override
        public String key() {
            return taskKey(task);
        }
    }

    record Remove(String service, String task, String containerId) implements Action {
        @Override
        public String key() {
            return taskKey(task);
        }
    }

    /** A dead task makes room for another, and stays as its place's past run. */
    record SetAside(String service, String task, String containerId) implements Action {
        @Override
        public String key() {
            return taskKey(task);
        }
    }

    /** A container that is no task: of {@code berth run}, or a past run. */
    record RemoveOther(String containerId) implements Action {
        @Override
        public String key() {
            return "container " + containerId;
        }
    }

    record SetEndpoints(ServiceEndpoints endpoints) implements Action {
        @Override
        public String key() {
            return endpointsKey(endpoints.service());
        }
    }

    record RemoveEndpoints(String project, String service) implements Action {
        @Override
        public String key() {
            return endpointsKey(service);
        }
    }

    static String taskKey(String task) {
        return "task " + task;
    }

    static String networkKey(String network) {
        return "network " + network;
    }

    static String volumeKey(String volume) {
        return "volume " + volume;
    }

    static String endpointsKey(String service) {
        return "endpoints " + service;
    }
}
