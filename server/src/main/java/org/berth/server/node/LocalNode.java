package org.berth.server.node;

import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Port;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;
import org.berth.control.Node;
import org.berth.control.NodeObservation;
import org.berth.control.NodeObservation.PastRun;
import org.berth.control.ObservedTask;
import org.berth.control.PublishedPort;
import org.berth.control.ServiceEndpoints;
import org.berth.control.TaskLabels;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Engine;
import org.berth.engine.JailRequest;
import org.berth.engine.Volumes;
import org.berth.image.ImageHealth;
import org.berth.network.Networks;
import org.berth.network.Networks.Network;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This machine as control's one node. */
public final class LocalNode implements Node {
    private static final Logger LOG = LoggerFactory.getLogger(LocalNode.class);

    private final Engine engine;
    private final Containers containers;
    private final Networks networks;
    private final Volumes volumes;
    private final Observations.Restore restore;

    /**
     * A node on an engine that has restored.
     *
     * @param restoreFrom when the engine began to restore
     * @param restoreTo when it had
     */
    public LocalNode(Engine engine, Instant restoreFrom, Instant restoreTo) {
        this.engine = engine;
        this.containers = engine.containers();
        this.networks = engine.networks();
        this.volumes = engine.volumes();
        this.restore = new Observations.Restore(restoreFrom, restoreTo);
    }

    @Override
    public String name() {
        return "local";
    }

    @Override
    public NodeObservation observe(String project) {
        List<ObservedTask> tasks = new ArrayList<>();
        List<PastRun> pastRuns = new ArrayList<>();
        List<String> oneOffs = new ArrayList<>();
        for (ContainerState state : containers.list()) {
            if (!Observations.belongsTo(project, state)) {
                continue;
            }
            switch (Observations.kind(state)) {
                case TASK -> tasks.add(Observations.task(state, restore));
                case PAST_RUN -> pastRuns.add(Observations.pastRun(state));
                case ONE_OFF -> oneOffs.add(state.id());
                case NOT_OURS -> {}
            }
        }
        return new NodeObservation(
                tasks,
                pastRuns,
                oneOffs,
                networks.list().stream()
                        .filter(network -> isOf(project, network.labels()))
                        .map(Network::name)
                        .collect(Collectors.toSet()),
                volumes.list().stream()
                        .filter(volume -> isOf(project, volume.labels()))
                        .map(Volumes.Volume::name)
                        .collect(Collectors.toSet()));
    }

    private static boolean isOf(String project, Map<String, String> labels) {
        return project.equals(labels.get(TaskLabels.PROJECT));
    }

    @Override
    public void ensureNetwork(ProjectNetwork network) {
        if (networks.find(network.name()).isPresent()) {
            return;
        }
        if (network.external()) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, "no network " + network.name() + ", which is external: create it first");
        }
        networks.create(network.name(), network.subnet(), network.internal(), network.labels());
    }

    @Override
    public void removeNetwork(String name) {
        Optional<Network> network = networks.find(name);
        if (network.isEmpty()) {
            return;
        }
        for (ContainerState state : containers.list()) {
            if (state.networks().values().stream()
                    .anyMatch(attachment ->
                            attachment.networkId().equals(network.get().id()))) {
                containers.disconnect(state.id(), network.get().name());
            }
        }
        ignoring(ErrorCode.NOT_FOUND, () -> networks.remove(network.get().id()));
    }

    @Override
    public void ensureVolume(ProjectVolume volume) {
        if (volumes.find(volume.name()).isPresent()) {
            return;
        }
        if (volume.external()) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, "no volume " + volume.name() + ", which is external: create it first");
        }
        volumes.create(volume.name(), volume.labels());
    }

    @Override
    public void removeVolume(String name) {
        if (volumes.find(name).isPresent()) {
            ignoring(ErrorCode.NOT_FOUND, () -> volumes.remove(name, true));
        }
    }

    private Optional<ImageHealth> health(TaskSpec spec) {
        return engine.images()
                .find(spec.image())
                .flatMap(image -> image.config().health());
    }

    @Override
    public String createTask(TaskSpec spec) {
        Optional<ContainerState> existing = named(spec.name());
        if (existing.isEmpty()) {
            return containers
                    .create(TaskRequests.task(spec, health(spec), containers.list()))
                    .id();
        }
        if (spec.hash().equals(existing.get().request().labels().get(TaskLabels.HASH))) {
            return existing.get().id();
        }
        throw new BerthException(
                ErrorCode.CONFLICT,
                "a container named " + spec.name() + " exists already: remove it with docker rm -f " + spec.name());
    }

    private Optional<ContainerState> named(String name) {
        return containers.list().stream()
                .filter(state -> state.name().equals(name))
                .findFirst();
    }

    @Override
    public void startTask(String containerId) {
        if (containers.find(containerId).filter(this::joinsWhatIsGone).isPresent()) {
            removeTask(containerId);
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    "the container whose namespace it was made to join runs no more; it is made anew");
        }
        ignoring(ErrorCode.NOT_MODIFIED, () -> containers.start(containerId));
    }

    /** What it joins was chosen when it was made. */
    private boolean joinsWhatIsGone(ContainerState state) {
        JailRequest jail = state.request().jail().orElse(JailRequest.STANDARD);
        return state.status() == ContainerState.Status.CREATED
                && Stream.concat(jail.processesOf().stream(), jail.ipcOf().stream())
                        .anyMatch(peer -> containers
                                .find(peer)
                                .filter(other -> other.status() == ContainerState.Status.RUNNING)
                                .isEmpty());
    }

    @Override
    public void stopTask(String containerId, Optional<Duration> grace) {
        ignoring(
                ErrorCode.NOT_FOUND, () -> ignoring(ErrorCode.NOT_MODIFIED, () -> containers.stop(containerId, grace)));
    }

    @Override
    public void setAside(String containerId) {
        Optional<ContainerState> dead = containers.find(containerId);
        if (dead.isEmpty() || Observations.kind(dead.get()) == Observations.Kind.PAST_RUN) {
            return;
        }
        String name = Observations.pastName(dead.get());
        Optional<ContainerState> before = named(name);
        if (before.isPresent() && Observations.kind(before.get()) != Observations.Kind.PAST_RUN) {
            LOG.warn(
                    "{} is not kept: someone else's container has the name {}",
                    dead.get().name(),
                    name);
            removeTask(containerId);
            return;
        }
        before.ifPresent(state -> removeTask(state.id()));
        containers.rename(containerId, name);
    }

    @Override
    public void removeTask(String containerId) {
        ignoring(ErrorCode.NOT_FOUND, () -> containers.remove(containerId, true, true));
    }

    @Override
    public List<PublishedPort> setEndpoints(ServiceEndpoints endpoints) {
        String owner = owner(endpoints.project(), endpoints.service());
        List<Networks.PublishedPort> chosen = networks.publish(
                owner,
                endpoints.ports().stream().map(LocalNode::port).toList(),
                endpoints.tasks().stream()
                        .map(this::firstAddress)
                        .flatMap(Optional::stream)
                        .toList());
        endpoints.names().forEach((network, names) -> {
            List<Inet4Address> addresses = endpoints.tasks().stream()
                    .map(task -> Optional.ofNullable(task.addresses().get(network)))
                    .flatMap(Optional::stream)
                    .toList();
            setNames(network, owner, names, addresses);
        });
        return chosen.stream()
                .map(port -> new PublishedPort(
                        port.address().getHostAddress(), port.hostPort(), port.containerPort(), port.protocol()))
                .toList();
    }

    private void setNames(String network, String owner, Set<String> names, List<Inet4Address> addresses) {
        Map<String, List<Inet4Address>> answers = new LinkedHashMap<>();
        names.forEach(name -> answers.put(name, addresses));
        networks.find(network).ifPresent(found -> networks.setServices(found.id(), owner, answers));
    }

    private static String owner(String project, String service) {
        return project + "/" + service;
    }

    private static Networks.PublishedPort port(Port port) {
        return new Networks.PublishedPort(
                Inet4Address.ofLiteral(port.address()), port.published(), port.target(), port.protocol());
    }

    /** The address in the network that carries the default route: replies leave through it. */
    private Optional<Inet4Address> firstAddress(ServiceEndpoints.Endpoint task) {
        return containers.find(task.containerId()).stream()
                .flatMap(state -> state.request().networks().stream())
                .map(wanted -> Optional.ofNullable(task.addresses().get(wanted.network())))
                .flatMap(Optional::stream)
                .findFirst();
    }

    @Override
    public void removeEndpoints(String project, String service) {
        String owner = owner(project, service);
        networks.publish(owner, List.of(), List.of());
        for (Network network : networks.list()) {
            ignoring(ErrorCode.NOT_FOUND, () -> networks.setServices(network.id(), owner, Map.of()));
        }
    }

    @Override
    public List<String> logTail(String containerId, int lines) {
        StringBuilder text = new StringBuilder();
        LogQuery query = new LogQuery(true, true, false, Optional.of(lines), Optional.empty(), Optional.empty());
        ignoring(
                ErrorCode.NOT_FOUND,
                () -> containers.logs(containerId, query, frame -> {
                    text.append(new String(frame.bytes(), StandardCharsets.UTF_8));
                    return true;
                }));
        return text.toString().lines().toList();
    }

    @Override
    public AutoCloseable onChange(Consumer<String> listener) {
        return engine.events().subscribe(event -> {
            String project = event.attributes().get(TaskLabels.PROJECT);
            if (project != null) {
                listener.accept(project);
            }
        });
    }

    private static void ignoring(ErrorCode code, Runnable action) {
        try {
            action.run();
        } catch (BerthException e) {
            if (e.code() != code) {
                throw e;
            }
        }
    }
}
