package org.berth.engine;

import java.io.OutputStream;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.image.Images.Snapshot;
import org.berth.linux.Descriptor;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.Users;
import org.berth.linux.user.MappedFolder;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.ContainerRuntime;
import org.berth.runtime.ContainerRuntime.Meanwhile;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ProcessSpec;

/** Brings a container to life: all that it needs is made, or, when anything fails, unmade. */
final class Launcher {
    private static final String DEFAULT_NETWORK = "bridge";

    private final Node node;
    private final Registry registry;
    private final Ground ground;
    private final RootLook look;

    Launcher(Node node, Registry registry) {
        this.node = node;
        this.registry = registry;
        this.ground = Ground.at(Folders.create(node.instance().root()).resolve("ground"));
        this.look = new RootLook(node.volumes(), node.users());
    }

    /** @param input where what it reads from a pipe goes in */
    record Launched(
            StartedProcess process,
            Map<String, Attachment> networks,
            List<PublishedPort> ports,
            Optional<OutputStream> input) {}

    Launched launch(LiveContainer container) {
        Undo undo = new Undo();
        try {
            return launch(container, undo);
        } catch (RuntimeException e) {
            undo.run();
            throw e;
        }
    }

    private Launched launch(LiveContainer container, Undo undo) {
        ContainerRecord record = container.record();
        ContainerRequest request = record.request();
        Snapshot snapshot = snapshot(record);
        Users.Identity identity = look.look(record, snapshot);
        Optional<Path> namespace = namespace(record, undo);
        Map<String, Attachment> networks = new LinkedHashMap<>();
        List<PublishedPort> ports = new ArrayList<>();
        NetworkFiles.write(container.folder(), request.networkMode(), record.hostname(), List.of());
        Path secrets = node.instance().run().resolve("secrets").resolve(record.id());
        try (JoinedNamespaces joined = JoinedNamespaces.of(record, registry)) {
            List<MountSpec> mounts = mounts(container, secrets);
            Input input = input(record, undo);
            JailPlan jail = JailPlan.of(request);
            ContainerSpec spec = ContainerSpec.of(
                            record.id(),
                            new RootFilesystem(ground.below(snapshot.lower()), snapshot.upper(), snapshot.work()),
                            process(record, identity))
                    .mounts(mounts)
                    .hostname(record.hostname())
                    .network(namespace)
                    .resources(jail.resources())
                    .init(request.init())
                    .readOnlyRoot(request.readOnlyRoot())
                    .users(record.users())
                    .seccomp(jail.seccomp())
                    .isolation(jail.isolation(joined.processes(), joined.ipc()))
                    .build();
            ContainerRuntime runtime =
                    request.runtime().map(node.runtime()::named).orElse(node.runtime());
            Meanwhile meanwhile = request.networkMode() == NetworkMode.NETWORKS
                    ? () -> ports.addAll(connect(container, networks, undo))
                    : Meanwhile.NOTHING;
            StartedProcess process = runtime.launch(spec, new Output(container.log(), input.reader()), meanwhile);
            return new Launched(process, Map.copyOf(networks), List.copyOf(ports), input.writer());
        } finally {
            SecretFiles.remove(secrets);
        }
    }

    /** Takes back what a launch made outside the runtime; the snapshot stays. Idempotent. */
    void release(ContainerRecord record) {
        if (!record.request().ports().isEmpty()) {
            node.networks().publish(record.id(), List.of(), List.of());
        }
        if (record.request().networkMode() == NetworkMode.NETWORKS) {
            node.networks().removeNamespace(record.id());
        }
        SecretFiles.remove(node.instance().run().resolve("secrets").resolve(record.id()));
        Folders.delete(inputFolder(record.id()));
    }

    /** Waits until nothing of its last run is mounted on its snapshot. */
    void settle(ContainerRecord record) {
        node.runtime().settle(record.id());
    }

    Snapshot snapshot(ContainerRecord record) {
        Snapshot snapshot = node.images()
                .snapshot(record.id())
                .orElseGet(() -> node.images().prepare(record.id(), record.layers()));
        record.users().ifPresent(range -> Ownership.give(snapshot.upper(), range));
        return snapshot;
    }

    /** A stopped container's root as the container sees it. */
    InRoot root(ContainerRecord record, boolean write) {
        Snapshot snapshot = snapshot(record);
        return write
                ? ContainerRoot.toWrite(snapshot, record.users(), node.users())
                : ContainerRoot.toRead(snapshot, record.users(), node.users());
    }

    /** The changes of a container, copied into a layer. @return the diff id */
    String copyLayer(ContainerRecord record) {
        Snapshot snapshot = snapshot(record);
        if (record.users().isEmpty()) {
            return node.images().addLayer(snapshot.upper(), Progress.SILENT);
        }
        try (MappedFolder upper = node.users().asSeenInside(record.users().get(), snapshot.upper())) {
            return node.images().addLayer(upper.path(), Progress.SILENT);
        }
    }

    /** The changes of a container that does not run, made a layer. Its snapshot ends. @return the diff id */
    String commit(ContainerRecord record) {
        Snapshot snapshot = snapshot(record);
        if (record.users().isEmpty()) {
            Stubs.remove(snapshot.upper(), record.request());
            return node.images().commit(record.id(), Progress.SILENT);
        }
        try (MappedFolder upper = node.users().asSeenInside(record.users().get(), snapshot.upper())) {
            Stubs.remove(upper.path(), record.request());
            String layer = node.images().addLayer(upper.path(), Progress.SILENT);
            node.images().release(record.id());
            return layer;
        }
    }

    /** Its addresses and ports, and the files that tell it of them: they are bound already, and read when it runs. */
    private List<PublishedPort> connect(LiveContainer container, Map<String, Attachment> networks, Undo undo) {
        ContainerRecord record = container.record();
        for (NetworkAttachment wanted : attachments(record.request())) {
            networks.put(wanted.network(), attach(record, wanted));
        }
        NetworkFiles.write(container.folder(), record.request().networkMode(), record.hostname(), networks.values());
        return publish(record, networks, undo);
    }

    private Optional<Path> namespace(ContainerRecord record, Undo undo) {
        ContainerRequest request = record.request();
        return switch (request.networkMode()) {
            case NONE -> Optional.empty();
            case HOST -> Optional.of(ContainerSpec.MACHINE_NETWORK);
            case NETWORKS -> {
                String id = record.id();
                if (Files.exists(namespaceFile(id))) {
                    node.networks().removeNamespace(id); // what a start that was cut short has left
                }
                Path namespace = record.users()
                        .map(range -> node.networks()
                                .createNamespace(id, () -> node.users().network(range)))
                        .orElseGet(() -> node.networks().createNamespace(id));
                undo.add(
                        "remove the network namespace of " + id,
                        () -> node.networks().removeNamespace(id));
                yield Optional.of(namespace);
            }
        };
    }

    static List<NetworkAttachment> attachments(ContainerRequest request) {
        return request.networks().isEmpty()
                ? List.of(new NetworkAttachment(DEFAULT_NETWORK, Set.of()))
                : request.networks();
    }

    /** Connects its namespace to a network, known there by name, short id and aliases. */
    Attachment attach(ContainerRecord record, NetworkAttachment wanted) {
        Network network = node.networks().find(wanted.network()).orElseGet(() -> missing(wanted.network()));
        Set<String> names = new HashSet<>(wanted.aliases());
        names.add(record.name());
        names.add(record.id().substring(0, 12));
        return node.networks().attach(record.id(), network.id(), Set.copyOf(names));
    }

    /** The default network is made when it is first used. */
    private synchronized Network missing(String name) {
        if (!name.equals(DEFAULT_NETWORK)) {
            throw new BerthException(ErrorCode.NOT_FOUND, "network " + name + " not found");
        }
        return node.networks()
                .find(name)
                .orElseGet(() -> node.networks().create(name, Optional.empty(), false, Map.of()));
    }

    private List<PublishedPort> publish(ContainerRecord record, Map<String, Attachment> networks, Undo undo) {
        List<PublishedPort> ports = record.request().ports();
        Optional<Inet4Address> backend = networks.values().stream().findFirst().map(Attachment::address);
        if (ports.isEmpty() || backend.isEmpty()) {
            return List.of();
        }
        undo.add(
                "withdraw the ports of " + record.id(),
                () -> node.networks().publish(record.id(), List.of(), List.of()));
        return node.networks().publish(record.id(), ports, List.of(backend.get()));
    }

    /** A mount on a folder comes before one below it. */
    private List<MountSpec> mounts(LiveContainer container, Path secrets) {
        ContainerRequest request = container.record().request();
        List<MountSpec> mounts = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Mount mount : request.mounts()) {
            taken.add(mount.target());
            mounts.add(
                    switch (mount) {
                        case Mount.Volume(String name, String target, boolean readOnly) ->
                            new MountSpec.Bind(volumeFolder(name), target, readOnly);
                        case Mount.Bind(Path source, String target, boolean readOnly) ->
                            new MountSpec.Bind(existing(source), target, readOnly);
                        case Mount.Memory(String target, String options) -> new MountSpec.Temporary(target, options);
                    });
        }
        mounts.addAll(NetworkFiles.mounts(container.folder(), taken));
        if (!request.secrets().isEmpty()) {
            SecretFiles.create(secrets, request.secrets());
            mounts.add(new MountSpec.Bind(secrets, SecretFiles.TARGET, true));
        }
        mounts.sort(Comparator.comparingLong(
                mount -> mount.target().chars().filter(c -> c == '/').count()));
        return List.copyOf(mounts);
    }

    private Path volumeFolder(String name) {
        return node.volumes()
                .find(name)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "get " + name + ": no such volume"))
                .folder();
    }

    private static Path existing(Path source) {
        if (!source.isAbsolute() || !Files.exists(source)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid mount: bind source path does not exist: " + source + ": make it, or correct the path");
        }
        return source;
    }

    private static ProcessSpec process(ContainerRecord record, Users.Identity identity) {
        ProcessPlan plan = record.plan();
        return new ProcessSpec(
                plan.arguments(),
                ProcessPlan.withHome(plan.environment(), identity.home()),
                plan.workingDirectory(),
                new ProcessSpec.User(identity.uid(), identity.gid(), identity.groups()),
                record.request().terminal(),
                JailPlan.of(record.request()).capabilities(),
                JailPlan.of(record.request()).bounds());
    }

    private record Input(Optional<Descriptor> reader, Optional<OutputStream> writer) {
        static final Input NONE = new Input(Optional.empty(), Optional.empty());
    }

    /** A pipe that ends with its client, or one with a name that outlives the daemon and never ends. */
    private Input input(ContainerRecord record, Undo undo) {
        ContainerRequest request = record.request();
        if (!request.openInput() || request.terminal()) {
            return Input.NONE;
        }
        if (request.closeInputOnce()) {
            Pipes.Pipe pipe = Pipes.pipe();
            undo.add("close the input of " + record.id(), pipe::close);
            return new Input(Optional.of(pipe.reader()), Optional.of(pipe.output()));
        }
        Path fifo = Folders.create(inputFolder(record.id())).resolve("input");
        undo.add("remove " + fifo, () -> Folders.delete(inputFolder(record.id())));
        Descriptor reader = Pipes.lasting(fifo);
        undo.add("close " + fifo, reader::close);
        return new Input(Optional.of(reader), Optional.of(Pipes.intoLasting(fifo)));
    }

    /** The input of a container that an earlier daemon started. */
    Optional<OutputStream> adoptInput(ContainerRecord record) {
        Path fifo = inputFolder(record.id()).resolve("input");
        return Files.exists(fifo) ? Optional.of(Pipes.intoLasting(fifo)) : Optional.empty();
    }

    private Path namespaceFile(String id) {
        return node.instance().run().resolve("netns").resolve(id);
    }

    private Path inputFolder(String id) {
        return node.instance().run().resolve("streams").resolve(id);
    }
}
