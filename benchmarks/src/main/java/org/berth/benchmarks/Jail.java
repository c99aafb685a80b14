package org.berth.benchmarks;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import org.berth.base.Instance;
import org.berth.linux.user.UserNamespaces;
import org.berth.linux.user.UserRange;
import org.berth.network.LocalNetworks;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerRuntime.Meanwhile;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.LinuxRuntime;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.Resources;

/**
 * Containers of one root, started in this process by the very runtime and networks of the daemon:
 * overlay, limits in every control group, capabilities, filter. The folders of a container's own layer
 * are there before the clock runs, as the bundle of a runtime on the command line is.
 */
final class Jail implements AutoCloseable {
    private static final Resources LIMITS =
            new Resources(OptionalLong.of(256L << 20), OptionalDouble.of(1), OptionalLong.of(512));

    private static final UserRange RANGE = new UserRange(0x2fff_0000L);

    private final Path folder;
    private final Path root;
    private final Instance instance;
    private final UserNamespaces users;
    private final LinuxRuntime runtime;
    private final SplittableRandom ids = new SplittableRandom(1);

    /**
     * @param folder takes the containers' layers
     * @param run takes their records: a file system in memory, as /run is
     */
    Jail(Path folder, Path run, Path root) throws IOException {
        this.folder = folder;
        this.root = root;
        this.instance = new Instance(folder, run);
        Files.createDirectories(run);
        this.users = new UserNamespaces(instance);
        this.runtime = new LinuxRuntime(instance, users);
    }

    /** {@code true} from nothing to nothing, again and again; its network namespace is its own and empty. */
    Samples cycles(int warmUps, int runs) throws Exception {
        return time(
                warmUps,
                runs,
                spec -> {
                    run(spec, Meanwhile.NOTHING);
                    runtime.delete(spec.id());
                },
                0);
    }

    /** The same with ids of its own, an interface on a bridge, an address, and a published port. */
    Samples fullCycles(int warmUps, int runs) throws Exception {
        try (LocalNetworks networks = new LocalNetworks(instance)) {
            Network network = networks.create("bench", Optional.empty(), false, Map.of());
            try {
                return time(warmUps, runs, spec -> fullCycle(spec, networks, network), RANGE.first());
            } finally {
                networks.remove(network.id());
            }
        }
    }

    private void fullCycle(ContainerSpec spec, LocalNetworks networks, Network network) throws IOException {
        Path namespace = networks.createNamespace(spec.id(), () -> users.network(RANGE));
        run(ownIds(spec, namespace), () -> {
            Attachment attachment = networks.attach(spec.id(), network.id(), Set.of());
            networks.publish(spec.id(), List.of(port()), List.of(attachment.address()));
        });
        networks.publish(spec.id(), List.of(), List.of());
        runtime.delete(spec.id());
        networks.removeNamespace(spec.id());
    }

    private interface Cycle {
        void run(ContainerSpec spec) throws Exception;
    }

    /** @param owner the id that the containers' own layers belong to */
    private Samples time(int warmUps, int runs, Cycle cycle, long owner) throws Exception {
        double[] values = new double[runs];
        for (int i = -warmUps; i < runs; i++) {
            ContainerSpec spec = spec();
            Files.setAttribute(spec.root().upper(), "unix:uid", (int) owner);
            Files.setAttribute(spec.root().upper(), "unix:gid", (int) owner);
            long start = System.nanoTime();
            cycle.run(spec);
            if (i >= 0) {
                values[i] = (System.nanoTime() - start) / 1e6;
            }
            runtime.settle(spec.id());
            Folders.remove(folder.resolve(spec.id()));
        }
        return new Samples(values);
    }

    private static ContainerSpec ownIds(ContainerSpec spec, Path namespace) {
        return spec.change()
                .network(Optional.of(namespace))
                .users(Optional.of(RANGE))
                .build();
    }

    private static PublishedPort port() {
        return new PublishedPort((Inet4Address) InetAddress.getLoopbackAddress(), 0, 80, "tcp");
    }

    private void run(ContainerSpec spec, Meanwhile meanwhile) throws IOException {
        Path log = folder.resolve(spec.id()).resolve("log");
        int code = runtime.launch(spec, new Output(log, Optional.empty()), meanwhile)
                .exit()
                .join()
                .code();
        if (code != 0) {
            throw new IOException("true ended with " + code);
        }
    }

    private ContainerSpec spec() throws IOException {
        String id = HexFormat.of().formatHex(id());
        Path own = Files.createDirectories(folder.resolve(id));
        Path upper = Files.createDirectory(own.resolve("upper"));
        Path work = Files.createDirectory(own.resolve("work"));
        ProcessSpec process = new ProcessSpec(
                List.of("/bin/true"),
                List.of("PATH=/usr/bin:/bin"),
                "/",
                ProcessSpec.User.ROOT,
                false,
                Capabilities.STANDARD);
        return ContainerSpec.of(id, new RootFilesystem(List.of(root), upper, work), process)
                .hostname("bench")
                .resources(LIMITS)
                .build();
    }

    /** As the engine's ids are: the same in each run. */
    private byte[] id() {
        byte[] id = new byte[32];
        ids.nextBytes(id);
        return id;
    }

    @Override
    public void close() throws IOException {
        runtime.close();
        Folders.remove(instance.run());
    }
}
