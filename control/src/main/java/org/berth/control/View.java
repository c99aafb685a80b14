package org.berth.control;

import java.net.Inet4Address;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A task as the reconciler sees it: what the node has, with what is being done to it.
 *
 * @param containerId "" while it is being created
 */
record View(
        String name,
        String service,
        int number,
        String hash,
        String containerId,
        Phase phase,
        ObservedTask.Health health,
        Optional<Instant> createdAt,
        Optional<Instant> startedAt,
        Optional<ObservedTask.Exit> exit,
        Map<String, Inet4Address> addresses) {

    /** Where it is in its life; the -ING ones are in flight. */
    enum Phase {
        CREATING,
        CREATED,
        STARTING,
        RUNNING,
        STOPPING,
        EXITED,
        REMOVING
    }

    /** Whether its program runs, or may. */
    boolean alive() {
        return phase == Phase.STARTING || phase == Phase.RUNNING || phase == Phase.STOPPING;
    }

    /** Whether it runs and its health check, if any, passes. */
    boolean ready() {
        return phase == Phase.RUNNING && (health == ObservedTask.Health.NONE || health == ObservedTask.Health.HEALTHY);
    }

    boolean unhealthy() {
        return phase == Phase.RUNNING && health == ObservedTask.Health.UNHEALTHY;
    }

    /** Every task, observed or being created, by service and number. */
    static List<View> all(NodeObservation observation, Map<String, Action> inFlight) {
        List<View> views = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ObservedTask task : observation.tasks()) {
            names.add(task.name());
            views.add(of(task, Optional.ofNullable(inFlight.get(Action.taskKey(task.name())))));
        }
        for (Action action : inFlight.values()) {
            if (action instanceof Action.Create(TaskSpec spec) && !names.contains(spec.name())) {
                views.add(creating(spec));
            }
        }
        views.sort(Comparator.comparing(View::service).thenComparing(View::number));
        return views;
    }

    private static View of(ObservedTask task, Optional<Action> action) {
        Phase phase = phase(task, action);
        return new View(
                task.name(),
                task.service(),
                task.number(),
                task.hash(),
                task.containerId(),
                phase,
                task.health(),
                Optional.of(task.createdAt()),
                task.startedAt(),
                task.exit(),
                task.addresses());
    }

    private static Phase phase(ObservedTask task, Optional<Action> action) {
        if (action.isPresent()) {
            switch (action.get()) {
                case Action.Create ignored -> {
                    return Phase.CREATING;
                }
                case Action.Start ignored -> {
                    return task.state() == ObservedTask.State.EXITED ? Phase.EXITED : Phase.STARTING;
                }
                case Action.Stop ignored -> {
                    return task.state() == ObservedTask.State.EXITED ? Phase.EXITED : Phase.STOPPING;
                }
                case Action.Remove ignored -> {
                    return Phase.REMOVING;
                }
                case Action.SetAside ignored -> {
                    return Phase.REMOVING;
                }
                default -> throw new IllegalStateException("not about a task: " + action.get());
            }
        }
        return switch (task.state()) {
            case CREATED -> Phase.CREATED;
            case RUNNING -> Phase.RUNNING;
            case EXITED -> Phase.EXITED;
        };
    }

    private static View creating(TaskSpec spec) {
        return new View(
                spec.name(),
                spec.service(),
                spec.number(),
                spec.hash(),
                "",
                Phase.CREATING,
                ObservedTask.Health.NONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }
}
