package org.berth.server.node;

import java.net.Inet4Address;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.control.NodeObservation.PastRun;
import org.berth.control.ObservedTask;
import org.berth.control.ObservedTask.Exit;
import org.berth.control.ObservedTask.Health;
import org.berth.control.ObservedTask.State;
import org.berth.control.TaskLabels;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.Status;

/** A container of a project as control sees it. Pure. */
final class Observations {
    /** The exit code the engine records for a container of which only the record was left. */
    private static final int LOST = 255;

    private static final String PAST_SUFFIX = "-previous";

    private Observations() {}

    /**
     * A span of time in which the engine took stock: what it found lost then ended with the node.
     *
     * @param from when the engine began to restore
     * @param to when it had restored
     */
    record Restore(Instant from, Instant to) {
        boolean covers(Instant time) {
            return !time.isBefore(from) && !time.isAfter(to);
        }
    }

    /** What a container of a project is to control. */
    enum Kind {
        TASK,
        /** A dead task that another stands in for. */
        PAST_RUN,
        /** Of {@code berth run}. */
        ONE_OFF,
        /** Someone gave it the project's label: it is left alone. */
        NOT_OURS
    }

    /** Told by the labels that {@link TaskRequests} gives and no person would. */
    static Kind kind(ContainerState state) {
        Map<String, String> labels = state.request().labels();
        if ("True".equals(labels.get(TaskLabels.ONE_OFF)) && labels.containsKey(TaskLabels.HASH)) {
            return Kind.ONE_OFF;
        }
        boolean task = !labels.getOrDefault(TaskLabels.HASH, "").isEmpty()
                && !labels.getOrDefault(TaskLabels.SERVICE, "").isEmpty()
                && number(labels) > 0;
        if (!task) {
            return Kind.NOT_OURS;
        }
        return state.name().equals(pastName(state)) ? Kind.PAST_RUN : Kind.TASK;
    }

    /** The name of the past run of a task's place. */
    static String pastName(ContainerState state) {
        Map<String, String> labels = state.request().labels();
        return labels.get(TaskLabels.PROJECT) + "-" + labels.get(TaskLabels.SERVICE) + "-" + number(labels)
                + PAST_SUFFIX;
    }

    static PastRun pastRun(ContainerState state) {
        Map<String, String> labels = state.request().labels();
        return new PastRun(state.id(), labels.getOrDefault(TaskLabels.SERVICE, ""), number(labels));
    }

    static boolean belongsTo(String project, ContainerState state) {
        return project.equals(state.request().labels().get(TaskLabels.PROJECT));
    }

    static ObservedTask task(ContainerState state, Restore restore) {
        Map<String, String> labels = state.request().labels();
        return new ObservedTask(
                state.id(),
                labels.getOrDefault(TaskLabels.SERVICE, ""),
                number(labels),
                state.name(),
                labels.getOrDefault(TaskLabels.HASH, ""),
                state(state.status()),
                health(state.health().status()),
                state.created(),
                state.started(),
                exit(state, restore),
                addresses(state));
    }

    private static int number(Map<String, String> labels) {
        String text = labels.getOrDefault(TaskLabels.NUMBER, "0");
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static State state(Status status) {
        return switch (status) {
            case CREATED -> State.CREATED;
            case RUNNING, PAUSED -> State.RUNNING;
            case RESTARTING, REMOVING, EXITED, DEAD -> State.EXITED;
        };
    }

    private static Health health(ContainerState.HealthStatus status) {
        return switch (status) {
            case NONE -> Health.NONE;
            case STARTING -> Health.STARTING;
            case HEALTHY -> Health.HEALTHY;
            case UNHEALTHY -> Health.UNHEALTHY;
        };
    }

    private static Optional<Exit> exit(ContainerState state, Restore restore) {
        if (state(state.status()) != State.EXITED) {
            return Optional.empty();
        }
        Instant at = state.finished().orElse(state.created());
        boolean interrupted = state.exitCode() == LOST && restore.covers(at);
        return Optional.of(new Exit(state.exitCode(), at, state.outOfMemory(), interrupted));
    }

    private static Map<String, Inet4Address> addresses(ContainerState state) {
        Map<String, Inet4Address> addresses = new LinkedHashMap<>();
        if (state(state.status()) == State.RUNNING) {
            state.networks().forEach((network, attachment) -> addresses.put(network, attachment.address()));
        }
        return addresses;
    }
}
