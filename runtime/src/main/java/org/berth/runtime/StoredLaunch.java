package org.berth.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.LaunchProgram;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.plan.ContainerPlan;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.Placement;
import org.berth.runtime.plan.PlannedMount;

/**
 * How a process was started, as its folder keeps it in {@code launch}.
 *
 * @param bootId of the kernel it was started on (/proc/sys/kernel/random/boot_id)
 * @param terminal whether its monitor holds a terminal
 * @param container what the launch program was planned from; empty for an exec
 */
record StoredLaunch(String bootId, boolean terminal, Optional<Container> container) {
    /** Of this format. */
    static final int VERSION = 1;

    /**
     * What a container's launch program was planned from: the planner is pure, so that the program can
     * be planned again instead of being kept.
     *
     * @param spec the specification without its mounts
     * @param placement without the seccomp filter
     */
    record Container(ContainerSpec spec, List<Mount> mounts, Placement placement, HostFacts host) {
        Container {
            mounts = List.copyOf(mounts);
        }
    }

    /** A mount of either kind: a source for a bind, options for a temporary one. */
    record Mount(
            Optional<Path> source, String target, boolean readOnly, String options, boolean folder, boolean mapped) {}

    static StoredLaunch exec(String bootId, boolean terminal) {
        return new StoredLaunch(bootId, terminal, Optional.empty());
    }

    static StoredLaunch container(
            String bootId, ContainerSpec spec, Placement placement, List<PlannedMount> mounts, HostFacts host) {
        List<Mount> stored = mounts.stream().map(StoredLaunch::store).toList();
        Container container = new Container(spec.withMounts(List.of()), stored, placement.withoutFilter(), host);
        return new StoredLaunch(bootId, spec.process().terminal(), Optional.of(container));
    }

    private static Mount store(PlannedMount planned) {
        return switch (planned.mount()) {
            case MountSpec.Bind bind ->
                new Mount(
                        Optional.of(bind.source()),
                        bind.target(),
                        bind.readOnly(),
                        "",
                        planned.folder(),
                        planned.mapped());
            case MountSpec.Temporary temporary ->
                new Mount(
                        Optional.empty(),
                        temporary.target(),
                        false,
                        temporary.options(),
                        planned.folder(),
                        planned.mapped());
        };
    }

    private static PlannedMount restore(Mount mount) {
        MountSpec spec = mount.source()
                .<MountSpec>map(source -> new MountSpec.Bind(source, mount.target(), mount.readOnly()))
                .orElseGet(() -> new MountSpec.Temporary(mount.target(), mount.options()));
        return new PlannedMount(spec, mount.folder(), mount.mapped());
    }

    /** The container's launch program, planned again. @param filter the seccomp filter it was given; empty for none */
    static LaunchProgram program(Container stored, Optional<byte[]> filter) {
        List<PlannedMount> mounts =
                stored.mounts().stream().map(StoredLaunch::restore).toList();
        ContainerSpec spec = stored.spec()
                .withMounts(mounts.stream().map(PlannedMount::mount).toList());
        return ContainerPlan.of(spec, stored.placement().withFilter(filter), mounts, stored.host());
    }

    /** The folders of a container's root: the one that is written to, then the layers, the topmost first. */
    static List<String> layers(Container stored) {
        ContainerSpec.RootFilesystem root = stored.spec().root();
        List<String> layers = new java.util.ArrayList<>(List.of(root.upper().toString()));
        root.lower().forEach(layer -> layers.add(layer.toString()));
        return layers;
    }
}
