package org.berth.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;
import org.berth.compose.Restart;
import org.berth.compose.Service;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.ProjectStatus.State;
import org.berth.control.ProjectStatus.TaskState;
import org.berth.control.ProjectStatus.TaskStatus;

/** How a project is, in words: the same facts that the planner goes by. */
final class StatusReport {
    private static final String UNHEALTHY = "its health check fails";
    private static final String UNCHECKED = "has not passed its health check yet";

    private final Desired desired;
    private final Map<String, Situation> situations;
    private final Gates gates;
    private final Memory memory;
    private final String node;

    StatusReport(Desired desired, Map<String, Situation> situations, Gates gates, Memory memory, String node) {
        this.desired = desired;
        this.situations = situations;
        this.gates = gates;
        this.memory = memory;
        this.node = node;
    }

    ProjectStatus project() {
        List<ServiceStatus> services =
                situations.values().stream().map(this::service).toList();
        State worst = services.stream()
                .map(ServiceStatus::state)
                .filter(state -> state != State.DONE) // a job that is done takes nothing from the rest
                .max(Enum::compareTo)
                .orElse(services.isEmpty() ? State.READY : State.DONE);
        Set<String> networks = new HashSet<>();
        desired.project().networks().values().stream().map(ProjectNetwork::name).forEach(networks::add);
        Set<String> volumes = new HashSet<>();
        desired.project().volumes().values().stream().map(ProjectVolume::name).forEach(volumes::add);
        return new ProjectStatus(
                desired.name(),
                desired.project().folder(),
                desired.revision(),
                desired.created(),
                desired.removal().isPresent() ? State.STOPPING : worst,
                services,
                desired.removal().isPresent() || services.isEmpty()
                        ? memory.actionTrouble().orElse("")
                        : "",
                gates.equipped(),
                networks,
                volumes);
    }

    private ServiceStatus service(Situation now) {
        Service service = now.service();
        Optional<String> closed = gates.closed(service);
        Judgement judgement = judge(now, closed);
        List<TaskStatus> tasks = new ArrayList<>();
        now.views().forEach(view -> tasks.add(task(now, view, closed)));
        if (desired.removal().isEmpty()) {
            now.missing().forEach(number -> tasks.add(pending(now, number, closed)));
        }
        tasks.sort(java.util.Comparator.comparing(TaskStatus::number));
        return new ServiceStatus(
                service.name(),
                desired.project().imageName(service),
                judgement.state(),
                now.wanted(),
                (int) now.views().stream().filter(View::alive).count(),
                (int) now.ready().stream().filter(view -> balanced(now, view)).count(),
                now.current().size(),
                judgement.reason(),
                memory.published(service.name()),
                tasks,
                memory.lastFailure(service.name()));
    }

    private record Judgement(State state, String reason) {}

    private Judgement judge(Situation now, Optional<String> closed) {
        if (desired.removal().isPresent()) {
            return new Judgement(State.STOPPING, "");
        }
        Optional<String> fault = fault(now);
        if (fault.isPresent()) {
            return new Judgement(State.FAILED, fault.get());
        }
        long done = now.current().stream().filter(now::done).count();
        long good = done
                + now.current().stream()
                        .filter(view -> view.ready() && balanced(now, view))
                        .count();
        boolean plain =
                now.old().isEmpty() && now.leaving().isEmpty() && now.current().size() <= now.wanted();
        if (plain && done > 0 && done == now.wanted()) {
            return new Judgement(State.DONE, "");
        }
        if (plain && good >= now.wanted() && onlyReadyBalanced(now)) {
            return new Judgement(State.READY, "");
        }
        String reason = closed.or(() -> trouble(now)).orElseGet(() -> waits(now));
        if (!plain) {
            return new Judgement(State.UPDATING, reason);
        }
        if (memory.onceReady(now.service().name())) {
            return new Judgement(State.DEGRADED, reason);
        }
        return new Judgement(closed.isPresent() ? State.WAITING : State.STARTING, reason);
    }

    /** What only the user can mend: a task that failed and stays so, a request that can't be met. */
    private Optional<String> fault(Situation now) {
        Optional<String> endpoints = memory.failures(
                        Action.failureKey(Action.endpointsKey(now.service().name())))
                .filter(Memory.Failures::fault)
                .map(Memory.Failures::reason);
        if (endpoints.isPresent()) {
            return endpoints;
        }
        Optional<String> ended = now.current().stream()
                .filter(now::failed)
                .findFirst()
                .map(view -> view.name() + " " + lastWords(now, view));
        if (ended.isPresent()) {
            return ended;
        }
        return now.trouble()
                .filter(failure -> failure.getValue().fault())
                .map(failure -> failure.getKey() + " " + failure.getValue().reason())
                .or(() -> resourceFault(now));
    }

    /** A network or volume that can't be had. */
    private Optional<String> resourceFault(Situation now) {
        Stream<String> networks = now.service().networks().stream()
                .map(use -> Action.networkKey(TaskSpecs.network(desired, use.network())));
        Stream<String> volumes = now.service().mounts().stream()
                .flatMap(
                        mount -> Optional.ofNullable(desired.project().volumes().get(mount.source())).stream())
                .map(volume -> Action.volumeKey(volume.name()));
        return Stream.concat(networks, volumes)
                .flatMap(key -> memory.failures(Action.failureKey(key)).stream())
                .filter(Memory.Failures::fault)
                .map(Memory.Failures::reason)
                .findFirst();
    }

    /** Why a task of the newest form is not up. */
    private Optional<String> trouble(Situation now) {
        Optional<Map.Entry<String, Memory.Failures>> trouble = now.trouble();
        if (trouble.isPresent()) {
            String task = trouble.get().getKey();
            return Optional.of(task + " " + trouble.get().getValue().reason() + retry(now, task));
        }
        return memory.failures(
                        Action.failureKey(Action.endpointsKey(now.service().name())))
                .map(Memory.Failures::reason);
    }

    private static String waits(Situation now) {
        return now.current().stream()
                .filter(view -> view.phase() == View.Phase.RUNNING && !view.ready())
                .findFirst()
                .map(view -> view.name() + (view.unhealthy() ? ": " + UNHEALTHY : " " + UNCHECKED))
                .orElse("");
    }

    private static String retry(Situation now, String task) {
        Instant next = now.nextTry(task);
        if (!next.isAfter(now.now())) {
            return "";
        }
        long seconds = Duration.between(now.now(), next).plusMillis(999).toSeconds();
        return ", tried again in " + seconds + " s";
    }

    private boolean balanced(Situation now, View view) {
        return memory.inForce(now.service().name())
                .filter(endpoints -> endpoints.contains(view.containerId()))
                .isPresent();
    }

    /** Whether no dead task is in balance any more. */
    private boolean onlyReadyBalanced(Situation now) {
        return memory.inForce(now.service().name()).stream()
                .flatMap(endpoints -> endpoints.tasks().stream())
                .allMatch(endpoint ->
                        now.ready().stream().anyMatch(view -> view.containerId().equals(endpoint.containerId())));
    }

    private TaskStatus task(Situation now, View view, Optional<String> closed) {
        TaskState state = state(now, view);
        String reason = switch (state) {
            case PENDING, STARTING -> closed.orElse("");
            case BACKOFF -> words(now, view) + retry(now, view.name());
            case FAILED -> lastWords(now, view);
            case UNHEALTHY -> UNHEALTHY;
            case RUNNING -> UNCHECKED;
            case READY, STOPPING, DONE -> "";
        };
        return new TaskStatus(
                view.name(),
                view.number(),
                node,
                view.containerId(),
                state,
                view.health(),
                view.hash().equals(now.hash()),
                memory.replacements(view.service(), view.name()),
                view.exit().map(ObservedTask.Exit::code),
                view.exit().map(ObservedTask.Exit::at),
                view.addresses().values().stream()
                        .map(java.net.InetAddress::getHostAddress)
                        .sorted()
                        .toList(),
                reason,
                view.createdAt(),
                view.startedAt());
    }

    private TaskState state(Situation now, View view) {
        if (memory.draining(view.containerId()) || desired.removal().isPresent()) {
            return TaskState.STOPPING;
        }
        return switch (view.phase()) {
            case CREATING, CREATED ->
                memory.failures(Action.taskKey(view.name())).isPresent() ? TaskState.BACKOFF : TaskState.PENDING;
            case STARTING -> TaskState.STARTING;
            case RUNNING -> view.unhealthy() ? TaskState.UNHEALTHY : view.ready() ? TaskState.READY : TaskState.RUNNING;
            case STOPPING, REMOVING -> TaskState.STOPPING;
            case EXITED -> now.done(view) ? TaskState.DONE : now.failed(view) ? TaskState.FAILED : TaskState.BACKOFF;
        };
    }

    private TaskStatus pending(Situation now, int number, Optional<String> closed) {
        String name = now.taskName(number);
        Optional<Memory.Failures> failure = memory.failures(Action.taskKey(name));
        String reason = closed.or(() -> failure.map(known -> known.reason() + retry(now, name)))
                .orElse("");
        return new TaskStatus(
                name,
                number,
                node,
                "",
                failure.isPresent() ? TaskState.BACKOFF : TaskState.PENDING,
                ObservedTask.Health.NONE,
                true,
                memory.replacements(now.service().name(), name),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                reason,
                Optional.empty(),
                Optional.empty());
    }

    /** How a task ended that stays so, and why it does. */
    private String lastWords(Situation now, View view) {
        Restart restart = now.service().restart();
        return words(now, view) + " and stays down: "
                + switch (restart.policy()) {
                    case UNSAID, NO -> "its restart policy is no";
                    case ON_FAILURE, ALWAYS, UNLESS_STOPPED ->
                        "it was tried " + restart.maximumRetries().orElse(0) + " times again";
                };
    }

    /** How a task ended. */
    private String words(Situation now, View view) {
        return memory.failures(Action.taskKey(view.name()))
                .map(Memory.Failures::reason)
                .or(() -> view.exit().map(exit -> Exits.words(exit, false)))
                .orElse("");
    }
}
