package org.berth.control;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;

/** A simulated node that many threads may use and that tells of changes; tasks are healthy at once. */
final class LockedNode implements Node {
    private final SimulatedNode node = new SimulatedNode(() -> Clock.systemUTC().instant());
    private final CopyOnWriteArrayList<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final ConcurrentHashMap<String, BerthException> createFailures = new ConcurrentHashMap<>();

    LockedNode() {
        node.onStart(container -> {
            if (container.health == ObservedTask.Health.STARTING) {
                container.health = ObservedTask.Health.HEALTHY;
            }
        });
    }

    /** Does something to the simulated node, and tells of it. */
    synchronized <T> T with(Function<SimulatedNode, T> what) {
        T result = what.apply(node);
        listeners.forEach(listener -> listener.accept("shop"));
        return result;
    }

    /** Has the creation of a service's tasks fail from now on. */
    void failCreate(String service, BerthException failure) {
        createFailures.put(service, failure);
    }

    /** Looks at the simulated node. */
    synchronized <T> T read(Function<SimulatedNode, T> what) {
        return what.apply(node);
    }

    Set<String> networks() {
        return read(it -> Set.copyOf(it.networks));
    }

    Set<String> volumes() {
        return read(it -> Set.copyOf(it.volumes));
    }

    Set<String> containers() {
        return read(it -> Set.copyOf(it.containers.keySet()));
    }

    List<String> aside() {
        return read(
                it -> it.aside.values().stream().map(container -> container.id).toList());
    }

    Set<String> endpoints() {
        return read(it -> Set.copyOf(it.endpoints.keySet()));
    }

    List<String> ids(String service) {
        return read(it ->
                it.ofService(service).stream().map(container -> container.id).toList());
    }

    @Override
    public String name() {
        return "locked";
    }

    @Override
    public synchronized NodeObservation observe(String project) {
        return node.observe(project);
    }

    @Override
    public void ensureNetwork(ProjectNetwork network) {
        act(it -> it.ensureNetwork(network));
    }

    @Override
    public void removeNetwork(String name) {
        act(it -> it.removeNetwork(name));
    }

    @Override
    public void ensureVolume(ProjectVolume volume) {
        act(it -> it.ensureVolume(volume));
    }

    @Override
    public void removeVolume(String name) {
        act(it -> it.removeVolume(name));
    }

    @Override
    public String createTask(TaskSpec spec) {
        BerthException failure = createFailures.get(spec.service());
        if (failure != null) {
            throw failure;
        }
        return with(it -> it.createTask(spec));
    }

    @Override
    public void startTask(String containerId) {
        act(it -> it.startTask(containerId));
    }

    @Override
    public void stopTask(String containerId, Optional<Duration> grace) {
        act(it -> it.stopTask(containerId, grace));
    }

    @Override
    public void setAside(String containerId) {
        act(it -> it.setAside(containerId));
    }

    @Override
    public void removeTask(String containerId) {
        act(it -> it.removeTask(containerId));
    }

    @Override
    public List<PublishedPort> setEndpoints(ServiceEndpoints endpoints) {
        return with(it -> it.setEndpoints(endpoints));
    }

    @Override
    public void removeEndpoints(String project, String service) {
        act(it -> it.removeEndpoints(project, service));
    }

    @Override
    public List<String> logTail(String containerId, int lines) {
        return with(it -> it.logTail(containerId, lines));
    }

    @Override
    public AutoCloseable onChange(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void act(Consumer<SimulatedNode> what) {
        with(it -> {
            what.accept(it);
            return true;
        });
    }
}
