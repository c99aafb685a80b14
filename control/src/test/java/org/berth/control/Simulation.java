package org.berth.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Service;
import org.berth.compose.UpdatePolicy;

/**
 * A project on a simulated node under a virtual clock: actions take effect some time after they are
 * begun and end some time after that, in any order; faults come in between. Everything follows from the
 * seed. After each event the invariants are checked:
 *
 * <ul>
 *   <li>a service with one replica that writes a volume never runs twice;
 *   <li>no start makes more tasks run than were wanted at most, and the surge;
 *   <li>endpoints are set to ready tasks only;
 *   <li>a task that is stopped is out of balance, and was so for the drain's time.
 * </ul>
 */
final class Simulation {
    private static final int STEPS_MAX = 200_000;
    private static final int HISTORY_SHOWN = 60;

    record Event(Instant at, long order, Runnable effect) {}

    final Random random;
    final SimulatedNode node;
    final List<String> history = new ArrayList<>();
    private final Timing timing = Timing.DEFAULT;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparing(Event::at).thenComparing(Event::order));
    private final Map<String, Integer> mostWanted = new HashMap<>();
    private final List<Runnable> underWay = new ArrayList<>();
    private Instant now = Projects.START;
    private long order;
    private long life;
    private Desired desired;
    private ProjectCore core;
    private boolean gone;
    private boolean settled;
    private double failing;
    private boolean checkAlwaysServed;

    Simulation(long seed, Desired desired) {
        this.random = ReconcilerPropertyTest.random(~seed);
        this.node = new SimulatedNode(() -> now);
        this.desired = desired;
        this.core = new ProjectCore(desired, "simulated", timing);
        remember(desired);
        node.onStart(this::started);
        look();
    }

    private void remember(Desired wanted) {
        wanted.project()
                .services()
                .values()
                .forEach(service -> mostWanted.merge(service.name(), wanted.replicas(service), Math::max));
    }

    Desired desired() {
        return desired;
    }

    boolean gone() {
        return gone;
    }

    /** Whether the last look found all as asked. */
    boolean settled() {
        return settled;
    }

    Instant now() {
        return now;
    }

    /** The part of actions that fail for no reason, from now on. */
    void failing(double part) {
        failing = part;
    }

    /** From now on every service of two or more replicas must have an endpoint, and only running ones. */
    void checkAlwaysServed(boolean check) {
        checkAlwaysServed = check;
    }

    void want(Desired wanted) {
        history.add(now + " want revision " + wanted.revision());
        desired = wanted;
        remember(wanted);
        core.want(wanted, now);
        look();
    }

    /** The daemon is killed and comes back: what was under way may have had its effect or not. */
    void restartDaemon() {
        history.add(now + " daemon restarts");
        List<Runnable> cut = List.copyOf(underWay);
        underWay.clear();
        cut.stream().filter(effect -> random.nextBoolean()).forEach(Runnable::run);
        life++;
        core = new ProjectCore(desired, "simulated", timing);
        look();
    }

    /** The machine restarts: everything ends, endpoints are forgotten, records stay. */
    void reboot() {
        history.add(now + " node reboots");
        node.containers.values().forEach(container -> node.end(container, 137, true));
        node.endpoints.clear();
        restartDaemon();
    }

    void at(Duration delay, Runnable effect) {
        events.add(new Event(now.plus(delay), order++, effect));
    }

    /** Runs until {@code condition} holds; fails when it does not within {@code limit} of virtual time. */
    void runUntil(String what, Duration limit, Supplier<Boolean> condition) {
        Instant end = now.plus(limit);
        for (int step = 0; step < STEPS_MAX; step++) {
            if (condition.get()) {
                return;
            }
            Event event = events.peek();
            if (event == null || event.at().isAfter(end)) {
                break;
            }
            next();
        }
        fail("not reached within " + limit + ": " + what + "\n" + status() + "\n" + lately());
    }

    /** Runs for a time. */
    void run(Duration time) {
        Instant end = now.plus(time);
        while (!events.isEmpty() && !events.peek().at().isAfter(end)) {
            next();
        }
        now = end;
    }

    private void next() {
        Event event = events.poll();
        if (event == null) {
            return;
        }
        now = event.at();
        try {
            event.effect().run();
            if (checkAlwaysServed) {
                checkServed();
            }
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + lately(), e);
        }
    }

    /** What happened last, for a message. */
    private String lately() {
        return String.join("\n", history.subList(Math.max(0, history.size() - HISTORY_SHOWN), history.size()));
    }

    ProjectStatus status() {
        return core.status(node.observe(desired.name()), now);
    }

    /** Something changed: the loop looks a little later. */
    void changed() {
        long of = life;
        at(Duration.ofMillis(random.nextInt(5)), () -> {
            if (of == life) {
                look();
            }
        });
    }

    private void look() {
        if (gone) {
            return;
        }
        ProjectCore.Step step = core.step(node.observe(desired.name()), now);
        gone = step.gone();
        settled = step.status().settled() && step.actions().isEmpty();
        step.actions().forEach(this::begin);
        long of = life;
        step.lookAgain().ifPresent(at -> {
            Duration wait = Duration.between(now, at);
            at(wait.isNegative() ? Duration.ZERO : wait.plusMillis(1), () -> {
                if (of == life) {
                    look();
                }
            });
        });
    }

    private void begin(Action action) {
        history.add(now + " " + words(action));
        check(action);
        long of = life;
        boolean fails = random.nextDouble() < failing;
        Runnable effect = () -> {
            RuntimeException failure = fails ? new BerthException(ErrorCode.INTERNAL, "bad luck") : null;
            List<PublishedPort> ports = List.of();
            try {
                if (failure == null) {
                    ports = effect(action);
                }
            } catch (BerthException e) {
                failure = e;
            }
            RuntimeException cause = failure;
            List<PublishedPort> chosen = ports;
            changed();
            at(Duration.ofMillis(random.nextInt(50)), () -> {
                if (of == life) {
                    end(action, cause, chosen);
                }
            });
        };
        underWay.add(effect);
        at(Duration.ofMillis(1 + random.nextInt(400)), () -> {
            if (underWay.remove(effect)) {
                effect.run();
            }
        });
    }

    private void end(
            Action action, @org.jspecify.annotations.Nullable RuntimeException cause, List<PublishedPort> ports) {
        if (cause == null) {
            core.ended(action, ports, List.of(), now);
        } else {
            history.add(now + " failed: " + words(action) + ": " + cause.getMessage());
            core.failed(action, cause, now);
        }
        changed();
    }

    private List<PublishedPort> effect(Action action) {
        switch (action) {
            case Action.EnsureNetwork(var network) -> node.ensureNetwork(network);
            case Action.EnsureVolume(var volume) -> node.ensureVolume(volume);
            case Action.RemoveNetwork(String name) -> node.removeNetwork(name);
            case Action.RemoveVolume(String name) -> node.removeVolume(name);
            case Action.Create(TaskSpec spec) -> node.createTask(spec);
            case Action.Start(String task, String id) -> node.startTask(id);
            case Action.Stop(String task, String id, var grace) -> node.stopTask(id, grace);
            case Action.Remove remove -> node.removeTask(remove.containerId());
            case Action.SetAside past -> node.setAside(past.containerId());
            case Action.RemoveOther(String id) -> node.removeTask(id);
            case Action.SetEndpoints(ServiceEndpoints endpoints) -> {
                return node.setEndpoints(endpoints);
            }
            case Action.RemoveEndpoints(String project, String service) -> node.removeEndpoints(project, service);
        }
        return List.of();
    }

    // ---- what must hold

    private void check(Action action) {
        if (action instanceof Action.SetEndpoints(ServiceEndpoints endpoints)) {
            for (ServiceEndpoints.Endpoint endpoint : endpoints.tasks()) {
                SimulatedNode.Container container = node.containers.get(endpoint.containerId());
                assertThat(container != null && container.ready())
                        .as("%s is ready as it comes into balance", endpoint)
                        .isTrue();
            }
        }
        if (action instanceof Action.Stop stop) {
            assertThat(node.endpoints.values().stream().noneMatch(e -> e.contains(stop.containerId())))
                    .as("%s is out of balance as it is stopped", stop.task())
                    .isTrue();
            Instant left = node.leftBalance.get(stop.containerId());
            if (left != null
                    && desired.removal().isEmpty()
                    && desired.project().services().containsKey(serviceOf(stop))) {
                assertThat(Duration.between(left, now))
                        .as("drain of %s", stop.task())
                        .isGreaterThanOrEqualTo(timing.drain());
            }
        }
    }

    private String serviceOf(Action.Stop stop) {
        SimulatedNode.Container container = node.containers.get(stop.containerId());
        return container == null ? "" : container.spec.service();
    }

    private void started(SimulatedNode.Container container) {
        String name = container.spec.service();
        Service service = desired.project().services().get(name);
        if (service == null) {
            return;
        }
        long running = node.ofService(name).stream()
                .filter(SimulatedNode.Container::running)
                .count();
        int wanted = mostWanted.getOrDefault(name, 0);
        int surge = service.update().order() == UpdatePolicy.Order.START_FIRST
                ? Math.max(
                        1,
                        service.update().parallelism() == 0
                                ? wanted
                                : service.update().parallelism())
                : 0;
        if (desired.singleWriter(service) && wanted <= 1) {
            assertThat(running).as("tasks of %s, which must be alone", name).isLessThanOrEqualTo(1);
        } else {
            assertThat(running).as("running tasks of %s", name).isLessThanOrEqualTo(wanted + surge);
        }
        if (container.spec.healthCheck().filter(check -> !check.disabled()).isPresent()) {
            at(Duration.ofMillis(200 + random.nextInt(4_000)), () -> {
                if (container.health == ObservedTask.Health.STARTING && container.running()) {
                    container.health = ObservedTask.Health.HEALTHY;
                    changed();
                }
            });
        }
        if (name.equals("migrate")) {
            at(Duration.ofMillis(200 + random.nextInt(2_000)), () -> {
                node.end(container, 0, false);
                changed();
            });
        }
        changed();
    }

    private void checkServed() {
        for (Service service : desired.project().services().values()) {
            if (desired.replicas(service) < 2) {
                continue;
            }
            ServiceEndpoints endpoints = node.endpoints.get(service.name());
            assertThat(endpoints != null && !endpoints.tasks().isEmpty())
                    .as("%s has an endpoint at %s", service.name(), now)
                    .isTrue();
            for (ServiceEndpoints.Endpoint endpoint :
                    endpoints == null ? List.<ServiceEndpoints.Endpoint>of() : endpoints.tasks()) {
                SimulatedNode.Container container = node.containers.get(endpoint.containerId());
                assertThat(container != null && container.ready())
                        .as("endpoint %s answers at %s", endpoint, now)
                        .isTrue();
            }
        }
    }

    private static String words(Action action) {
        return switch (action) {
            case Action.Create(TaskSpec spec) ->
                "create " + spec.name() + " " + spec.hash().substring(0, 6);
            case Action.SetEndpoints(ServiceEndpoints endpoints) ->
                "balance " + endpoints.service() + " "
                        + endpoints.tasks().stream()
                                .map(ServiceEndpoints.Endpoint::containerId)
                                .toList();
            default -> action.toString();
        };
    }
}
