package org.berth.control;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.compose.NetworkUse;
import org.berth.compose.Service;
import org.berth.compose.UpdatePolicy;

/**
 * What to do next for one service. Each look starts from what there is, so that any sequence of
 * deaths, restarts and changes of mind leads to the same end.
 *
 * <p>Order of what happens to a task that goes: told to go (remembered, never taken back) - out of
 * balance - {@link Timing#drain} - stopped - removed. A task that comes: made - started - ready - in
 * balance.
 */
final class ServicePlanner {
    private final Desired desired;
    private final Situation now;
    private final Service service;
    private final Optional<String> closed;
    private final Plan plan;
    private final Set<String> going = new HashSet<>();

    /** @param closed why tasks may not start */
    ServicePlanner(Desired desired, Situation situation, Optional<String> closed, Plan plan) {
        this.desired = desired;
        this.now = situation;
        this.service = situation.service();
        this.closed = closed;
        this.plan = plan;
    }

    void plan() {
        now.leaving().forEach(this::leave);
        now.old().forEach(this::removeDeadOld);
        removeSurplus();
        now.current().stream()
                .filter(view -> !going.contains(view.containerId()))
                .forEach(this::keep);
        now.old().forEach(this::stopWhenUnhealthy);
        replaceOld();
        create();
    }

    // ---- tasks that go

    private void leave(View view) {
        switch (view.phase()) {
            case CREATED, EXITED -> plan.act(remove(view));
            case RUNNING -> stopOnceDrained(view);
            case CREATING, STARTING, STOPPING, REMOVING -> {}
        }
    }

    /** Stops a task once no new connection can come to it and those under way had their time. */
    private void stopOnceDrained(View view) {
        if (now.memory().mayBeInBalance(service.name(), view.containerId())) {
            return;
        }
        Instant drained =
                now.memory().drainedAt(view.containerId(), now.timing().drain());
        if (drained.isAfter(now.now())) {
            plan.lookAgainAt(drained);
        } else {
            plan.act(new Action.Stop(view.name(), view.containerId(), Optional.of(service.stopGracePeriod())));
        }
    }

    private Action.Remove remove(View view) {
        return new Action.Remove(service.name(), view.name(), view.containerId());
    }

    private void removeDeadOld(View view) {
        if (view.phase() == View.Phase.CREATED || view.phase() == View.Phase.EXITED) {
            going.add(view.containerId());
            plan.act(remove(view));
        }
    }

    /** More of the newest form than wanted: those that serve least go, then the highest numbers. */
    private void removeSurplus() {
        int surplus = now.current().size() - now.wanted();
        now.current().stream()
                .sorted(Comparator.comparing(View::ready).thenComparing(View::number, Comparator.reverseOrder()))
                .limit(Math.max(0, surplus))
                .forEach(view -> {
                    switch (view.phase()) {
                        case CREATED, EXITED -> plan.act(remove(view));
                        case RUNNING -> letGo(view);
                        case CREATING, STARTING, STOPPING, REMOVING -> {}
                    }
                    going.add(view.containerId());
                });
    }

    private void letGo(View view) {
        going.add(view.containerId());
        plan.drain(view);
        plan.lookAgainAt(now.now());
    }

    // ---- tasks that stay

    private void keep(View view) {
        switch (view.phase()) {
            case CREATED -> start(view);
            case RUNNING -> stopWhenUnhealthy(view);
            case EXITED -> replaceDead(view);
            case CREATING, STARTING, STOPPING, REMOVING -> {}
        }
    }

    private void start(View view) {
        if (closed.isPresent()
                || now.singleWriter() && now.views().stream().anyMatch(other -> other != view && other.alive())) {
            return;
        }
        plan.act(new Action.Start(view.name(), view.containerId()));
    }

    private void stopWhenUnhealthy(View view) {
        if (!view.unhealthy() || !now.restarts()) {
            return;
        }
        if (!now.memory().stoppedUnhealthy(view.containerId())) {
            plan.unhealthy(view);
            plan.lookAgainAt(now.now());
        } else {
            stopOnceDrained(view);
        }
    }

    private void replaceDead(View view) {
        if (now.done(view) || now.failed(view) || closed.isPresent()) {
            return;
        }
        Instant next = Situation.interrupted(view) ? now.now() : now.nextTry(view.name());
        if (next.isAfter(now.now())) {
            plan.lookAgainAt(next);
        } else {
            plan.act(new Action.SetAside(service.name(), view.name(), view.containerId()));
        }
    }

    // ---- the update

    private void replaceOld() {
        List<View> old = now.old().stream()
                .filter(view -> !going.contains(view.containerId()))
                .toList();
        if (old.isEmpty()) {
            return;
        }
        int count = mayGo(old);
        int ready = (int) now.ready().stream()
                .filter(view -> !going.contains(view.containerId()))
                .count();
        List<View> order = old.stream()
                .filter(view -> view.phase() == View.Phase.RUNNING)
                .sorted(Comparator.comparing(View::ready).thenComparing(View::number))
                .toList();
        for (View view : order.subList(0, Math.clamp(count, 0, order.size()))) {
            if (view.ready()) {
                // with two or more replicas one always answers, whatever the parallelism
                if (now.wanted() >= 2 && ready <= 1) {
                    return;
                }
                ready--;
            }
            letGo(view);
        }
    }

    /** How many old tasks may go now. */
    private int mayGo(List<View> old) {
        Optional<Instant> delayed = delayedUntil();
        if (delayed.isPresent()) {
            plan.lookAgainAt(delayed.get());
            return 0;
        }
        boolean goOn = service.update().failureAction() == UpdatePolicy.FailureAction.CONTINUE;
        int settled = 0;
        for (View view : now.current()) {
            if (now.settled(view) || goOn && (now.failing(view) || now.failed(view))) {
                settled++;
            } else {
                now.settledAt(view).ifPresent(plan::lookAgainAt);
            }
        }
        int excess = settled + old.size() - now.wanted();
        if (now.startFirst() || closed.isPresent()) {
            return Math.max(0, excess);
        }
        int underWay = Math.max(0, -excess);
        return Math.max(excess, now.parallelism() - underWay);
    }

    /** The update's delay, counted from the newest ready task. */
    private Optional<Instant> delayedUntil() {
        if (service.update().delay().isZero()) {
            return Optional.empty();
        }
        return now.current().stream()
                .filter(View::ready)
                .flatMap(view -> now.memory().readySince(view.containerId()).stream())
                .max(Comparator.naturalOrder())
                .map(since -> since.plus(service.update().delay()))
                .filter(until -> until.isAfter(now.now()));
    }

    // ---- tasks that come

    private void create() {
        if (closed.isPresent()) {
            return;
        }
        for (int number : now.missing()) {
            plan.act(new Action.Create(TaskSpecs.task(desired, service, number, now.hash())));
        }
    }

    // ---- the balance

    /** Says where the service is reached, when that is not in force yet. */
    void planEndpoints() {
        ServiceEndpoints wanted = endpoints();
        if (now.memory().inForce(service.name()).filter(wanted::equals).isEmpty()) {
            plan.act(new Action.SetEndpoints(wanted));
        }
    }

    private ServiceEndpoints endpoints() {
        Map<String, Set<String>> names = new HashMap<>();
        for (NetworkUse use : service.networks()) {
            Set<String> inNetwork = new TreeSet<>();
            inNetwork.add(service.name().toLowerCase(Locale.ROOT));
            use.aliases().forEach(alias -> inNetwork.add(alias.toLowerCase(Locale.ROOT)));
            names.put(TaskSpecs.network(desired, use.network()), inNetwork);
        }
        return new ServiceEndpoints(
                desired.name(),
                service.name(),
                names,
                service.ports(),
                now.ready().stream()
                        .filter(view -> !going.contains(view.containerId()))
                        .map(view -> new ServiceEndpoints.Endpoint(view.containerId(), view.addresses()))
                        .toList());
    }
}
