package org.berth.engine;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerState.Status;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.runtime.ContainerRuntime.Explanation;
import org.berth.runtime.ContainerRuntime.Usage;
import org.berth.runtime.ExitStatus;
import org.berth.runtime.Resources;

/** The containers of this instance: finds the one that is meant and hands over to who does the work. */
final class LocalContainers implements Containers {
    private final Node node;
    private final Registry registry;
    private final Launcher launcher;
    private final Creator creator;
    private final Execs execs;
    private final Lifecycle lifecycle;
    private final Stopping stopping;
    private final Copies copies;

    LocalContainers(Node node, Registry registry, Path folder) {
        this.node = node;
        this.registry = registry;
        this.launcher = new Launcher(node, registry);
        this.creator = new Creator(node, registry, folder);
        this.execs = new Execs(node);
        Removal removal = new Removal(node, registry, launcher, execs);
        this.lifecycle = new Lifecycle(node, launcher, execs, new HealthChecks(node, execs), removal);
        this.stopping = new Stopping(node, registry, removal);
        this.copies = new Copies(launcher, node.runtime());
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }

    Execs execs() {
        return execs;
    }

    @Override
    public ContainerState create(ContainerRequest request) {
        LiveContainer container = creator.create(request);
        node.events().add(container, "create", Map.of());
        return container.state();
    }

    @Override
    public void start(String ref) {
        lifecycle.start(registry.get(ref));
    }

    @Override
    public void stop(String ref, Optional<Duration> grace) {
        stopping.stop(registry.get(ref), grace);
    }

    @Override
    public void kill(String ref, int signal) {
        stopping.kill(registry.get(ref), signal);
    }

    @Override
    public void pause(String ref) {
        stopping.freeze(registry.get(ref), true);
    }

    @Override
    public void unpause(String ref) {
        stopping.freeze(registry.get(ref), false);
    }

    @Override
    public void remove(String ref, boolean force, boolean volumes) {
        stopping.remove(registry.get(ref), force, volumes);
    }

    @Override
    public void rename(String ref, String name) {
        LiveContainer container = registry.get(ref);
        String wanted = ContainerNames.check(name);
        container.lock.lock();
        try {
            String old = container.record().name();
            if (old.equals(wanted)) {
                throw new BerthException(
                        ErrorCode.INVALID, "renaming a container with the same name as its current name");
            }
            registry.reserve(wanted, container.id());
            try {
                container.store(container.record().withName(wanted));
            } catch (RuntimeException e) {
                registry.releaseName(wanted, container.id());
                throw e;
            }
            registry.releaseName(old, container.id());
            node.events().add(container, "rename", Map.of("oldName", "/" + old));
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public void update(String ref, Resources resources) {
        LiveContainer container = registry.get(ref);
        container.lock.lock();
        try {
            if (container.active()) {
                node.runtime().update(container.id(), resources);
            }
            container.store(container.record().withResources(resources));
            node.events().add(container, "update", Map.of());
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public Optional<ContainerState> find(String ref) {
        return registry.find(ref).map(LiveContainer::state);
    }

    @Override
    public ContainerState get(String ref) {
        return registry.get(ref).state();
    }

    @Override
    public List<ContainerState> list() {
        return registry.all().stream()
                .map(LiveContainer::state)
                .sorted(Comparator.comparing(ContainerState::created).reversed())
                .toList();
    }

    @Override
    public CompletableFuture<ExitStatus> await(String ref, WaitCondition condition) {
        LiveContainer container = registry.get(ref);
        container.lock.lock();
        try {
            boolean now = condition == WaitCondition.NOT_RUNNING
                    && !container.active()
                    && container.progress().status() != Status.RESTARTING;
            return now || !registry.contains(container)
                    ? CompletableFuture.completedFuture(container.lastExit())
                    : container.waiters.add(condition);
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public void logs(String ref, LogQuery query, LogSink sink) {
        LiveContainer container = registry.get(ref);
        LogReader reader = new LogReader(
                node.logs(),
                new LogFiles(container.log()),
                query,
                () -> registry.contains(container)
                        && (container.active() || container.progress().status() == Status.RESTARTING));
        try {
            reader.read(sink);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Streams attach(String ref, boolean logs) {
        LiveContainer container = registry.get(ref);
        container.lock.lock();
        try {
            if (container.progress().status() == Status.PAUSED) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is paused, unpause the container before attach");
            }
            ContainerRequest request = container.record().request();
            LogFiles files = new LogFiles(container.log());
            return new LogStreams(
                    logs ? LogCursor.at(files, new LogPosition(files.oldest(), 0, 0)) : LogCursor.atEnd(files),
                    node.logs().bell(container.folder()),
                    container.run(),
                    request.terminal(),
                    request.closeInputOnce() && !request.terminal(),
                    read -> {},
                    () -> {});
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public String createExec(String ref, ExecRequest request) {
        return execs.create(registry.get(ref), request).id();
    }

    @Override
    public Streams startExec(String execId) {
        return execs.start(execs.get(execId));
    }

    @Override
    public ExecState exec(String execId) {
        return execs.get(execId).state();
    }

    @Override
    public void resize(String ref, int rows, int columns) {
        registry.get(ref).run().resize(rows, columns);
    }

    @Override
    public void resizeExec(String execId, int rows, int columns) {
        execs.get(execId).run().resize(rows, columns);
    }

    @Override
    public Optional<Usage> usage(String ref) {
        LiveContainer container = registry.get(ref);
        return container.active() ? node.runtime().usage(container.id()) : Optional.empty();
    }

    @Override
    public List<Long> processes(String ref) {
        LiveContainer container = registry.get(ref);
        Stopping.requireActive(container);
        return node.runtime().processes(container.id());
    }

    @Override
    public Explanation explain(String ref) {
        LiveContainer container = registry.get(ref);
        if (!container.active() && container.learned().isPresent()) {
            return new Explanation(List.of(), List.of(), List.of(), container.learned());
        }
        Stopping.requireActive(container);
        return node.runtime().explain(container.id());
    }

    @Override
    public void connect(String ref, NetworkAttachment wanted) {
        LiveContainer container = registry.get(ref);
        Network network = network(wanted.network());
        container.lock.lock();
        try {
            ContainerRequest request = requireNetworks(container);
            List<NetworkAttachment> attachments = new ArrayList<>(Launcher.attachments(request));
            if (attachments.stream().anyMatch(each -> each.network().equals(network.name()))) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is already attached to network " + network.name());
            }
            NetworkAttachment named = new NetworkAttachment(network.name(), Set.copyOf(wanted.aliases()));
            attachments.add(named);
            if (container.active()) {
                Map<String, Attachment> networks = new LinkedHashMap<>(container.networks());
                networks.put(network.name(), launcher.attach(container.record(), named));
                changeNetworks(container, networks);
            }
            container.store(container.record().withRequest(Requests.withNetworks(request, attachments)));
            announce("connect", network, container);
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public void disconnect(String ref, String name) {
        LiveContainer container = registry.get(ref);
        Network network = network(name);
        container.lock.lock();
        try {
            ContainerRequest request = requireNetworks(container);
            List<NetworkAttachment> attachments = new ArrayList<>(Launcher.attachments(request));
            if (!attachments.removeIf(each -> each.network().equals(network.name()))) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is not connected to network " + network.name());
            }
            if (container.active()) {
                node.networks().detach(container.id(), network.id());
                Map<String, Attachment> networks = new LinkedHashMap<>(container.networks());
                networks.remove(network.name());
                changeNetworks(container, networks);
            }
            container.store(container.record().withRequest(Requests.withNetworks(request, attachments)));
            announce("disconnect", network, container);
        } finally {
            container.lock.unlock();
        }
    }

    private void announce(String action, Network network, LiveContainer container) {
        node.events()
                .add(
                        "network",
                        action,
                        network.id(),
                        Map.of("container", container.id(), "name", network.name(), "type", "bridge"));
    }

    private void changeNetworks(LiveContainer container, Map<String, Attachment> networks) {
        container.networks(Map.copyOf(networks));
        NetworkFiles.write(
                container.folder(), NetworkMode.NETWORKS, container.record().hostname(), networks.values());
    }

    @Override
    public void copyOut(String ref, String path, OutputStream tar) {
        copies.out(registry.get(ref), path, tar);
    }

    @Override
    public void copyIn(String ref, String path, InputStream tar) {
        copies.in(registry.get(ref), path, tar);
    }

    @Override
    public void exportRoot(String ref, OutputStream tar) {
        copies.whole(registry.get(ref), tar);
    }

    @Override
    public String commitLayer(String ref) {
        LiveContainer container = registry.get(ref);
        container.lock.lock();
        try {
            if (container.active()) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is running: stop it before its layer is taken");
            }
            launcher.settle(container.record());
            return launcher.commit(container.record());
        } finally {
            container.lock.unlock();
        }
    }

    @Override
    public String copyLayer(String ref) {
        LiveContainer container = registry.get(ref);
        container.lock.lock(); // it is neither removed nor committed meanwhile
        try {
            return launcher.copyLayer(container.record());
        } finally {
            container.lock.unlock();
        }
    }

    private Network network(String name) {
        return node.networks()
                .find(name)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "network " + name + " not found"));
    }

    private static ContainerRequest requireNetworks(LiveContainer container) {
        ContainerRequest request = container.record().request();
        if (request.networkMode() != NetworkMode.NETWORKS) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "container " + container.record().name() + " has no networks of its own to change");
        }
        return request;
    }
}
