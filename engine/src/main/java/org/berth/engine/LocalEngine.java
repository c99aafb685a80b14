package org.berth.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerState.Status;
import org.berth.image.Bootstrap;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.debian.DebianBootstrap;
import org.berth.image.registry.RegistrySettings;
import org.berth.linux.user.UserNamespaces;
import org.berth.network.LocalNetworks;
import org.berth.network.Networks;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.runtime.ContainerRuntime;
import org.berth.runtime.LinuxRuntime;
import org.berth.runtime.Runtimes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine of one instance on this machine. */
public final class LocalEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(LocalEngine.class);
    private static final Duration UPKEEP_PERIOD = Duration.ofSeconds(10);
    private static final String ID = "[0-9a-f]{64}";
    private static final String REMEDY = "put it back from a copy, or stop the daemon and remove %s";

    private final Node node;
    private final Registry registry = new Registry();
    private final LocalContainers containers;
    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();

    /**
     * An engine on parts that the caller made, and closes but for the networks.
     *
     * @param random where ids and names come from
     */
    public LocalEngine(
            Instance instance,
            ContainerRuntime runtime,
            Images images,
            Networks networks,
            Clock clock,
            RandomGenerator random) {
        this(instance, runtime, images, networks, new UserNamespaces(instance), clock, random);
    }

    /**
     * The same.
     *
     * @param users the user namespaces that {@code runtime} has too, and closes
     */
    public LocalEngine(
            Instance instance,
            ContainerRuntime runtime,
            Images images,
            Networks networks,
            UserNamespaces users,
            Clock clock,
            RandomGenerator random) {
        EventLog events = new EventLog(clock);
        LocalVolumes volumes = new LocalVolumes(instance.root().resolve("volumes"), clock, events);
        Timer timer = new Timer();
        this.node = new Node(
                instance,
                runtime,
                images,
                networks,
                volumes,
                new UserRanges(instance, users, random),
                events,
                new LogWatch(),
                new Records(timer),
                timer,
                clock,
                random);
        this.folder = instance.root().resolve("containers");
        this.containers = new LocalContainers(node, registry, folder);
        volumes.usedBy(this::usesVolume);
    }

    /**
     * The engine of this machine: the kernel's runtime, images with the Debian bootstrap, networks.
     *
     * @param environment the daemon's, for registries and mirrors
     */
    public static LocalEngine open(Instance instance, Map<String, String> environment) {
        Clock clock = Clock.systemUTC();
        RandomGenerator random = new SecureRandom();
        UserNamespaces users = new UserNamespaces(instance);
        Runtimes runtime = new Runtimes(instance, new LinuxRuntime(instance, users));
        ContainerRootRunner runner = new ContainerRootRunner(instance, runtime, random);
        runner.endLeftovers();
        Bootstrap bootstrap = new DebianBootstrap(environment, runner, clock);
        LocalImages images = new LocalImages(instance, bootstrap, RegistrySettings.fromEnvironment(environment), clock);
        LocalEngine engine =
                new LocalEngine(instance, runtime, images, new LocalNetworks(instance), users, clock, random);
        engine.parts.add(images);
        engine.parts.add(runtime);
        return engine;
    }

    @Override
    public Containers containers() {
        return containers;
    }

    @Override
    public Images images() {
        return node.images();
    }

    @Override
    public Networks networks() {
        return node.networks();
    }

    @Override
    public Volumes volumes() {
        return node.volumes();
    }

    @Override
    public Events events() {
        return node.events();
    }

    @Override
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(node.users().warnings());
        warnings.addAll(node.runtime().warnings());
        warnings.addAll(node.networks().warnings());
        return warnings;
    }

    @Override
    public void restore() {
        node.networks().restore();
        Set<String> unreadable = load();
        for (LiveContainer container : registry.all()) {
            try {
                containers.lifecycle().adopt(container, find(container), attachments(container.id()));
            } catch (RuntimeException e) {
                LOG.error("could not take over container {}", container.record().name(), e);
            }
        }
        sweep(unreadable);
        node.timer().every(UPKEEP_PERIOD, "upkeep", this::upkeep);
    }

    @Override
    public void close() {
        containers.lifecycle().close();
        node.timer().close();
        node.records().close();
        node.logs().close();
        node.networks().close();
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("could not close {}", part, e);
            }
        }
    }

    /** A record that can't be read is said and left alone, with what runs of it. */
    private Set<String> load() {
        Set<String> unreadable = new HashSet<>();
        for (String id : Folders.names(folder)) {
            Path own = folder.resolve(id);
            Path file = record(own);
            if (file.toFile().length() == 0) {
                Folders.delete(own); // a create or a removal that was cut short, or a power cut right after
                node.images().release(id);
                continue;
            }
            try {
                ContainerRecord stored = RecordFormat.read(file, ContainerRecord.class, REMEDY.formatted(own));
                ContainerRecord record = file.endsWith(LiveContainer.REMOVING)
                        ? stored.with(stored.progress().withStatus(Status.REMOVING))
                        : stored;
                registry.reserve(record.name(), record.id());
                registry.add(new LiveContainer(own, record, node.records()));
                node.users().restore(record);
                Folders.delete(own.resolve("execs"));
            } catch (BerthException e) {
                LOG.error("container {} is left alone: {}", id, e.getMessage());
                unreadable.add(id);
            }
        }
        return unreadable;
    }

    private static Path record(Path own) {
        Path removing = own.resolve(LiveContainer.REMOVING);
        return Files.exists(removing) ? removing : own.resolve(LiveContainer.RECORD);
    }

    private Optional<ContainerRuntime.StartedProcess> find(LiveContainer container) {
        return container.active() ? node.runtime().find(container.id()) : Optional.empty();
    }

    private Map<String, Attachment> attachments(String id) {
        Map<String, String> names = new HashMap<>();
        for (Network network : node.networks().list()) {
            names.put(network.id(), network.name());
        }
        Map<String, Attachment> attachments = new LinkedHashMap<>();
        for (Attachment attachment : node.networks().attachments(id)) {
            attachments.put(names.getOrDefault(attachment.networkId(), attachment.networkId()), attachment);
        }
        return Map.copyOf(attachments);
    }

    /** What is left of containers that are no more: a daemon was killed in the middle of its work. */
    private void sweep(Set<String> unreadable) {
        Path run = node.instance().run();
        for (String kind : List.of("containers", "netns", "secrets", "streams")) {
            for (String id : Folders.names(run.resolve(kind))) {
                boolean ours = id.matches(ID) && !unreadable.contains(id);
                if (ours && registry.find(id).filter(LiveContainer::active).isEmpty()) {
                    sweepOne(run, id);
                }
            }
        }
    }

    /** What can't be removed now must not keep the daemon from the others. */
    private void sweepOne(Path run, String id) {
        try {
            sweep(run, id);
        } catch (RuntimeException e) {
            LOG.error("what is left of container {} stays: {}", id, e.getMessage());
        }
    }

    private void sweep(Path run, String id) {
        LOG.info("removing what is left of container {}", id);
        node.runtime().delete(id);
        node.networks().removeNamespace(id);
        SecretFiles.remove(run.resolve("secrets").resolve(id));
        Folders.delete(run.resolve("streams").resolve(id));
        if (registry.find(id).isEmpty()) {
            node.images().release(id);
        }
    }

    private boolean usesVolume(String name) {
        return registry.all().stream()
                .flatMap(container -> container.record().request().mounts().stream())
                .anyMatch(mount ->
                        mount instanceof Mount.Volume volume && volume.name().equals(name));
    }

    /** Now and then, for all containers at once: none has a thread of its own for it. */
    private void upkeep() {
        for (LiveContainer container : registry.all()) {
            if (container.active()) {
                new LogFiles(container.log()).rotate();
            }
        }
        containers.execs().discardUnread();
    }
}
