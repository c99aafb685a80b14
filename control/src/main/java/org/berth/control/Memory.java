package org.berth.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one project's reconciliation must remember from one look to the next and no node can tell. It
 * is not stored: after a daemon's restart the worst is a wait begun anew. The reconciler only reads
 * it; {@link ProjectCore} writes.
 */
final class Memory {
    /**
     * Failures in a row of one task's place, or of one action.
     *
     * @param service the task's; "" for an action that is not about a task
     * @param fault whether the user must mend it: what is asked for is wrong, not what runs
     */
    record Failures(String service, int inRow, Instant last, String reason, boolean fault) {}

    private final Map<String, Action> inFlight = new HashMap<>();
    private final Map<String, Failures> failures = new HashMap<>();
    private final Set<String> draining = new HashSet<>();
    private final Set<String> stoppedUnhealthy = new HashSet<>();
    private final Set<String> countedExits = new HashSet<>();
    private final Map<String, Instant> readySince = new HashMap<>();
    private final Map<String, Instant> leftBalance = new HashMap<>();
    private final Map<String, ServiceEndpoints> inForce = new HashMap<>();
    private final Map<String, List<PublishedPort>> published = new HashMap<>();
    private final Map<String, ProjectStatus.Failure> lastFailure = new HashMap<>();
    private final Map<String, Map<String, Integer>> replacements = new HashMap<>();
    private final Set<String> onceReady = new HashSet<>();
    private final Set<String> endpointsGone = new HashSet<>();
    private final Set<String> externals = new HashSet<>();
    private final Set<String> justMade = new HashSet<>();
    private final Map<String, Instant> appliedAt = new HashMap<>();

    // ---- read by the reconciler

    Map<String, Action> inFlight() {
        return inFlight;
    }

    boolean draining(String containerId) {
        return draining.contains(containerId);
    }

    /** Whether it is being stopped because its health check failed. */
    boolean stoppedUnhealthy(String containerId) {
        return stoppedUnhealthy.contains(containerId);
    }

    Optional<Failures> failures(String key) {
        return Optional.ofNullable(failures.get(key));
    }

    /** Why an action that is not about a task fails, if one does. */
    Optional<String> actionTrouble() {
        return failures.entrySet().stream()
                .filter(entry -> Action.isFailureKey(entry.getKey()))
                .max(Comparator.comparing(entry -> entry.getValue().last()))
                .map(entry -> entry.getValue().reason());
    }

    /** When something that failed may be tried again; the past for what did not. */
    Instant nextTry(String key, Timing timing) {
        Failures known = failures.get(key);
        return known == null ? Instant.EPOCH : known.last().plus(timing.backoff(known.inRow()));
    }

    Optional<Instant> readySince(String containerId) {
        return Optional.ofNullable(readySince.get(containerId));
    }

    /** What {@link Node#setEndpoints} was last told; empty before this daemon's first time. */
    Optional<ServiceEndpoints> inForce(String service) {
        return Optional.ofNullable(inForce.get(service));
    }

    /**
     * Whether connections may still come to a container: it is in force, or on its way to be, or this
     * daemon has not said yet what is.
     */
    boolean mayBeInBalance(String service, String containerId) {
        ServiceEndpoints known = inForce.get(service);
        return known == null
                || known.contains(containerId)
                || inFlight.get(Action.endpointsKey(service)) instanceof Action.SetEndpoints(var endpoints)
                        && endpoints.contains(containerId);
    }

    boolean endpointsGone(String service) {
        return endpointsGone.contains(service);
    }

    Set<String> servicesInForce() {
        return inForce.keySet();
    }

    List<PublishedPort> published(String service) {
        return published.getOrDefault(service, List.of());
    }

    /** Until when a task that left the balance is left running. */
    Instant drainedAt(String containerId, Duration drain) {
        Instant left = leftBalance.get(containerId);
        return left == null ? Instant.EPOCH : left.plus(drain);
    }

    boolean external(String key) {
        return externals.contains(key);
    }

    boolean onceReady(String service) {
        return onceReady.contains(service);
    }

    Optional<ProjectStatus.Failure> lastFailure(String service) {
        return Optional.ofNullable(lastFailure.get(service));
    }

    /** How often a service's task was replaced since this daemon began or the service changed. */
    int replacements(String service, String task) {
        return replacements.getOrDefault(service, Map.of()).getOrDefault(task, 0);
    }

    /** When a service was last asked for: its failures from before may be tried again. */
    Instant appliedAt(String service) {
        return appliedAt.getOrDefault(service, Instant.EPOCH);
    }

    // ---- written by the core

    /**
     * A project was asked for.
     *
     * @param services those there are now
     * @param asked those that were named: what failed of them is tried again
     * @param fresh those that are not to be called ready until they are so again
     * @param changed those of another form
     */
    void applied(Instant now, Set<String> services, Set<String> asked, Set<String> fresh, Set<String> changed) {
        asked.forEach(service -> appliedAt.put(service, now));
        appliedAt.keySet().retainAll(services);
        failures.entrySet()
                .removeIf(entry -> asked.contains(entry.getValue().service())
                        || changed.contains(entry.getValue().service())
                        || Action.isFailureKey(entry.getKey()));
        onceReady.removeAll(fresh);
        changed.forEach(lastFailure::remove);
        changed.forEach(replacements::remove);
        replacements.keySet().retainAll(services);
    }

    /** A task that ended was taken away to make room for another. */
    void replaced(String service, String task) {
        replacements.computeIfAbsent(service, key -> new HashMap<>()).merge(task, 1, Integer::sum);
    }

    void begin(Action action) {
        inFlight.put(action.key(), action);
        if (action instanceof Action.SetEndpoints(var endpoints)) {
            endpointsGone.remove(endpoints.service());
        }
    }

    void end(Action action) {
        inFlight.remove(action.key());
    }

    void drain(String containerId) {
        draining.add(containerId);
    }

    void stopUnhealthy(String containerId) {
        stoppedUnhealthy.add(containerId);
    }

    /** Counts a failure; {@code row} false begins a new row. */
    void fail(String service, String key, boolean row, String reason, boolean fault, Instant now) {
        Failures known = failures.get(key);
        int inRow = known == null || !row ? 1 : known.inRow() + 1;
        failures.put(key, new Failures(service, inRow, now, reason, fault));
    }

    /** An action that had failed worked. */
    void forgetFailures(String key) {
        failures.remove(key);
    }

    /** Whether this exit is seen for the first time. */
    boolean countExit(String containerId) {
        return countedExits.add(containerId);
    }

    void seenReady(String containerId, Instant now) {
        readySince.putIfAbsent(containerId, now);
    }

    void seenNotReady(String containerId) {
        readySince.remove(containerId);
    }

    void seenServiceReady(String service) {
        onceReady.add(service);
    }

    void failed(String service, ProjectStatus.Failure failure) {
        lastFailure.put(service, failure);
    }

    void addLog(String service, String task, List<String> log) {
        lastFailure.computeIfPresent(
                service,
                (name, failure) -> failure.task().equals(task)
                        ? new ProjectStatus.Failure(failure.task(), failure.reason(), failure.at(), log)
                        : failure);
    }

    /** Endpoints are in force; every other container of the service has left the balance by now. */
    void inForce(ServiceEndpoints endpoints, List<PublishedPort> ports, List<String> serviceContainers, Instant now) {
        inForce.put(endpoints.service(), endpoints);
        published.put(endpoints.service(), List.copyOf(ports));
        endpointsGone.remove(endpoints.service());
        for (String containerId : serviceContainers) {
            if (endpoints.contains(containerId)) {
                leftBalance.remove(containerId);
            } else {
                leftBalance.putIfAbsent(containerId, now);
            }
        }
    }

    void endpointsRemoved(String service) {
        inForce.remove(service);
        published.remove(service);
        endpointsGone.add(service);
    }

    /** A network or volume is there: an external one for good, another must show at the next look. */
    void made(String key, boolean external) {
        (external ? externals : justMade).add(key);
    }

    /** What was made since the last look. */
    Set<String> takeJustMade() {
        Set<String> made = Set.copyOf(justMade);
        justMade.clear();
        return made;
    }

    /** Drops what is known of containers that are gone. */
    void keepOnly(Set<String> containerIds) {
        draining.retainAll(containerIds);
        stoppedUnhealthy.retainAll(containerIds);
        countedExits.retainAll(containerIds);
        readySince.keySet().retainAll(containerIds);
        leftBalance.keySet().retainAll(containerIds);
    }
}
