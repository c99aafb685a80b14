package org.berth.control;

import java.net.Inet4Address;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;
import org.jspecify.annotations.Nullable;

/** A node in memory: containers are records, time is given. Holds one project. */
final class SimulatedNode implements Node {
    /** A container. */
    static final class Container {
        final String id;
        final TaskSpec spec;
        final Instant createdAt;
        ObservedTask.State state = ObservedTask.State.CREATED;
        ObservedTask.Health health = ObservedTask.Health.NONE;

        @Nullable
        Instant startedAt;

        ObservedTask.@Nullable Exit exit;
        Map<String, Inet4Address> addresses = Map.of();

        Container(String id, TaskSpec spec, Instant createdAt) {
            this.id = id;
            this.spec = spec;
            this.createdAt = createdAt;
        }

        boolean running() {
            return state == ObservedTask.State.RUNNING;
        }

        boolean ready() {
            return running() && (health == ObservedTask.Health.NONE || health == ObservedTask.Health.HEALTHY);
        }
    }

    final Map<String, Container> containers = new LinkedHashMap<>();
    /** Past runs by the task's name. */
    final Map<String, Container> aside = new LinkedHashMap<>();

    final Set<String> networks = new HashSet<>();
    /** Networks that are there and not the project's. */
    final Set<String> foreign = new HashSet<>();

    final Set<String> volumes = new HashSet<>();
    final Map<String, ServiceEndpoints> endpoints = new HashMap<>();
    final Map<String, Instant> leftBalance = new HashMap<>();
    private final Supplier<Instant> clock;
    private Consumer<Container> onStart = container -> {};
    private int made;

    SimulatedNode(Supplier<Instant> clock) {
        this.clock = clock;
    }

    /** Is told of each start, after it. */
    void onStart(Consumer<Container> listener) {
        onStart = listener;
    }

    List<Container> ofService(String service) {
        return containers.values().stream()
                .filter(container -> container.spec.service().equals(service))
                .toList();
    }

    @Override
    public String name() {
        return "simulated";
    }

    @Override
    public NodeObservation observe(String project) {
        List<ObservedTask> tasks = new ArrayList<>();
        for (Container container : containers.values()) {
            tasks.add(new ObservedTask(
                    container.id,
                    container.spec.service(),
                    container.spec.number(),
                    container.spec.name(),
                    container.spec.hash(),
                    container.state,
                    container.health,
                    container.createdAt,
                    Optional.ofNullable(container.startedAt),
                    Optional.ofNullable(container.exit),
                    container.addresses));
        }
        List<NodeObservation.PastRun> past = aside.values().stream()
                .map(container ->
                        new NodeObservation.PastRun(container.id, container.spec.service(), container.spec.number()))
                .toList();
        return new NodeObservation(tasks, past, List.of(), networks, volumes);
    }

    @Override
    public void ensureNetwork(ProjectNetwork network) {
        if (!foreign.contains(network.name())) {
            networks.add(network.name());
        }
    }

    @Override
    public void removeNetwork(String name) {
        boolean used = containers.values().stream()
                .anyMatch(container ->
                        container.running() && container.spec.networks().contains(name));
        if (used) {
            throw new AssertionError("network " + name + " is removed while a task is in it");
        }
        networks.remove(name);
    }

    @Override
    public void ensureVolume(ProjectVolume volume) {
        volumes.add(volume.name());
    }

    @Override
    public void removeVolume(String name) {
        volumes.remove(name);
    }

    @Override
    public String createTask(TaskSpec spec) {
        for (Container container : containers.values()) {
            if (container.spec.name().equals(spec.name())) {
                if (container.spec.hash().equals(spec.hash())) {
                    return container.id;
                }
                throw new BerthException(ErrorCode.CONFLICT, "the name " + spec.name() + " is taken");
            }
        }
        spec.networks().forEach(network -> require(networks.contains(network), "no network " + network));
        Container container = new Container("c" + made++, spec, clock.get());
        containers.put(container.id, container);
        return container.id;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new BerthException(ErrorCode.NOT_FOUND, message);
        }
    }

    @Override
    public void startTask(String containerId) {
        Container container = containers.get(containerId);
        if (container == null) {
            throw new BerthException(ErrorCode.NOT_FOUND, "no container " + containerId);
        }
        if (container.running()) {
            return;
        }
        container.state = ObservedTask.State.RUNNING;
        container.exit = null;
        container.startedAt = clock.get();
        container.health = container
                        .spec
                        .healthCheck()
                        .filter(check -> !check.disabled())
                        .isPresent()
                ? ObservedTask.Health.STARTING
                : ObservedTask.Health.NONE;
        Map<String, Inet4Address> addresses = new HashMap<>();
        container.spec.networks().forEach(network -> addresses.put(network, address(container)));
        container.addresses = addresses;
        onStart.accept(container);
    }

    private static Inet4Address address(Container container) {
        int number = Integer.parseInt(container.id.substring(1)) + 2;
        byte[] bytes = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        try {
            return (Inet4Address) Inet4Address.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its program ends. */
    void end(Container container, int code, boolean interrupted) {
        if (container.running()) {
            container.state = ObservedTask.State.EXITED;
            container.exit = new ObservedTask.Exit(code, clock.get(), false, interrupted);
            container.addresses = Map.of();
        }
    }

    @Override
    public void stopTask(String containerId, Optional<Duration> grace) {
        Container container = containers.get(containerId);
        if (container != null) {
            end(container, 143, false);
        }
    }

    @Override
    public void setAside(String containerId) {
        Container container = containers.remove(containerId);
        if (container != null) {
            if (container.running()) {
                throw new AssertionError(container.spec.name() + " is set aside while it runs");
            }
            aside.put(container.spec.name(), container);
        }
    }

    @Override
    public void removeTask(String containerId) {
        containers.remove(containerId);
        aside.values().removeIf(container -> container.id.equals(containerId));
    }

    @Override
    public List<PublishedPort> setEndpoints(ServiceEndpoints wanted) {
        ServiceEndpoints before = endpoints.put(wanted.service(), wanted);
        if (before != null) {
            before.tasks().stream()
                    .map(ServiceEndpoints.Endpoint::containerId)
                    .filter(id -> !wanted.contains(id))
                    .forEach(id -> leftBalance.put(id, clock.get()));
        }
        return wanted.ports().stream()
                .map(port -> new PublishedPort(
                        port.address(),
                        port.published() == 0 ? 40_000 : port.published(),
                        port.target(),
                        port.protocol()))
                .toList();
    }

    @Override
    public void removeEndpoints(String project, String service) {
        endpoints.remove(service);
    }

    @Override
    public List<String> logTail(String containerId, int lines) {
        return List.of("last words of " + containerId);
    }

    @Override
    public AutoCloseable onChange(Consumer<String> listener) {
        return () -> {};
    }
}
