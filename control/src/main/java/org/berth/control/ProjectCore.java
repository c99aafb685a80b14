package org.berth.control;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Service;

/**
 * One project's reconciliation, without threads, clocks or a node: it is given what is observed, what
 * ended and the time, and says what to begin. Not safe for concurrent use. The simulator drives it
 * under a virtual clock, {@link ProjectLoop} under the real one.
 */
final class ProjectCore {
    /** Actions of one project under way at once; what is to be done beyond them is found again at the next look. */
    static final int IN_FLIGHT_MAX = 16;

    private final Memory memory = new Memory();
    private final Timing timing;
    private final String node;
    private Desired desired;
    private Map<String, String> hashes;
    private List<ObservedTask> lastSeen = List.of();

    /** @param node the node's name */
    ProjectCore(Desired desired, String node, Timing timing) {
        this.desired = desired;
        this.hashes = TaskSpecs.hashes(desired);
        this.node = node;
        this.timing = timing;
    }

    /**
     * What to begin now.
     *
     * @param actions each is to be reported to {@link #ended} once, in any order
     * @param lookAgain when to look again though nothing happens
     * @param status how the project was when it was looked at
     * @param gone whether the project was taken down and nothing is left
     */
    record Step(List<Action> actions, Optional<Instant> lookAgain, ProjectStatus status, boolean gone) {}

    Desired desired() {
        return desired;
    }

    /** Asks for something else of every service. */
    void want(Desired wanted, Instant now) {
        want(wanted, wanted.project().services().keySet(), now);
    }

    /**
     * Asks for something else.
     *
     * @param asked the services that were named: what failed of them is tried again
     */
    void want(Desired wanted, Set<String> asked, Instant now) {
        Map<String, String> before = hashes;
        Desired last = desired;
        desired = wanted;
        hashes = TaskSpecs.hashes(wanted);
        Set<String> changed = hashes.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        Set<String> fresh = wanted.project().services().values().stream()
                .filter(service -> wanted.replicas(service) > last.replicas(service))
                .map(Service::name)
                .collect(Collectors.toSet());
        fresh.addAll(changed);
        memory.applied(now, hashes.keySet(), asked, fresh, changed);
    }

    /** Looks at what there is and says what to begin; what it says is in flight from now on. */
    Step step(NodeObservation observation, Instant now) {
        lastSeen = observation.tasks();
        memory.keepOnly(
                observation.tasks().stream().map(ObservedTask::containerId).collect(Collectors.toSet()));
        for (View view : View.all(observation, memory.inFlight())) {
            notice(view, now);
        }
        memory.takeJustMade().forEach(key -> noticeStrange(key, observation, now));
        Reconciler reconciler = reconciler(observation, now);
        Plan plan = reconciler.plan();
        ProjectStatus status = reconciler.status(node);
        plan.drained().forEach(memory::drain);
        plan.stoppedUnhealthy().forEach(memory::stopUnhealthy);
        List<Action> actions = plan.actions().stream()
                .limit(Math.max(0, IN_FLIGHT_MAX - memory.inFlight().size()))
                .toList();
        actions.forEach(memory::begin);
        status.services().stream()
                .filter(service -> service.state() == ProjectStatus.State.READY)
                .forEach(service -> memory.seenServiceReady(service.name()));
        return new Step(actions, plan.lookAgain(), status, plan.nothingLeft());
    }

    /** How the project is. */
    ProjectStatus status(NodeObservation observation, Instant now) {
        return reconciler(observation, now).status(node);
    }

    private Reconciler reconciler(NodeObservation observation, Instant now) {
        return new Reconciler(desired, hashes, observation, memory, timing, now);
    }

    private void notice(View view, Instant now) {
        if (view.ready()) {
            memory.seenReady(view.containerId(), now);
        } else {
            memory.seenNotReady(view.containerId());
        }
        if (view.phase() == View.Phase.EXITED
                && !memory.draining(view.containerId())
                && desired.removal().isEmpty()) {
            view.exit().ifPresent(exit -> noticeExit(view, exit, now));
        }
    }

    /** What was made, and does not show as the project's, was there before and is someone else's. */
    private void noticeStrange(String key, NodeObservation observation, Instant now) {
        boolean shows = observation.networks().stream().map(Action::networkKey).anyMatch(key::equals)
                || observation.volumes().stream().map(Action::volumeKey).anyMatch(key::equals);
        if (!shows) {
            String reason = key + " is there already and not this project's: mark it 'external: true' in the file, or"
                    + " give it another 'name'";
            memory.fail("", Action.failureKey(key), true, reason, true, now);
        }
    }

    private void noticeExit(View view, ObservedTask.Exit exit, Instant now) {
        if (exit.interrupted() || !memory.countExit(view.containerId())) {
            return;
        }
        boolean unhealthy = memory.stoppedUnhealthy(view.containerId());
        boolean always = Optional.ofNullable(desired.project().services().get(view.service()))
                .map(service -> switch (service.restart().policy()) {
                    case ALWAYS, UNLESS_STOPPED -> true;
                    case UNSAID, NO, ON_FAILURE -> false;
                })
                .orElse(false);
        if (exit.code() == 0 && !unhealthy && !always) {
            return;
        }
        boolean row = view.startedAt()
                .map(start -> Duration.between(start, exit.at()).compareTo(timing.backoffReset()) < 0)
                .orElse(true);
        String reason = Exits.words(exit, unhealthy);
        memory.fail(view.service(), Action.taskKey(view.name()), row, reason, false, now);
        memory.failed(view.service(), new ProjectStatus.Failure(view.name(), reason, exit.at(), List.of()));
    }

    /**
     * An action worked.
     *
     * @param ports what {@link Node#setEndpoints} answered
     * @param log the last lines of a task that was set aside
     */
    void ended(Action action, List<PublishedPort> ports, List<String> log, Instant now) {
        memory.end(action);
        boolean ofTask = action instanceof Action.Create || action instanceof Action.Start;
        if (!ofTask
                || memory.failures(action.failureKey())
                        .filter(Memory.Failures::fault)
                        .isPresent()) {
            memory.forgetFailures(action.failureKey());
        }
        switch (action) {
            case Action.SetEndpoints(ServiceEndpoints endpoints) ->
                memory.inForce(
                        endpoints,
                        ports,
                        lastSeen.stream()
                                .filter(task -> task.service().equals(endpoints.service()))
                                .map(ObservedTask::containerId)
                                .toList(),
                        now);
            case Action.RemoveEndpoints(String project, String service) -> memory.endpointsRemoved(service);
            case Action.SetAside aside -> {
                memory.addLog(aside.service(), aside.task(), log);
                memory.replaced(aside.service(), aside.task());
            }
            case Action.EnsureNetwork(var network) -> memory.made(action.key(), network.external());
            case Action.EnsureVolume(var volume) -> memory.made(action.key(), volume.external());
            default -> {}
        }
    }

    /** A task's service, as it was seen last. */
    private String service(String task) {
        return lastSeen.stream()
                .filter(seen -> seen.name().equals(task))
                .findFirst()
                .map(ObservedTask::service)
                .orElse("");
    }

    /** An action failed; it is tried again after a back-off. */
    void failed(Action action, Throwable cause, Instant now) {
        memory.end(action);
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        boolean user = cause instanceof BerthException berth && berth.code().band() == ErrorCode.Band.USER;
        switch (action) {
            case Action.Create(TaskSpec spec) -> {
                memory.fail(spec.service(), action.failureKey(), true, "can't be made: " + reason, user, now);
                memory.failed(spec.service(), new ProjectStatus.Failure(spec.name(), reason, now, List.of()));
            }
            case Action.Start(String task, String containerId) -> {
                // the first time it may be that the container was taken away meanwhile
                boolean again = memory.failures(action.failureKey()).isPresent();
                memory.countExit(containerId);
                memory.fail(
                        service(task), action.failureKey(), true, "can't be started: " + reason, user && again, now);
            }
            default -> memory.fail("", action.failureKey(), true, reason, user, now);
        }
    }
}
