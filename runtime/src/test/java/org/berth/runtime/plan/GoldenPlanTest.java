package org.berth.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.berth.linux.launch.LaunchPrinter;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.user.UserRange;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.Isolation;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.ProcessSpec.Bounds;
import org.berth.runtime.ProcessSpec.Limit;
import org.berth.runtime.ProcessSpec.User;
import org.junit.jupiter.api.Test;

/**
 * Goal: every system call that makes a container is seen in a review. Method: the printed program is
 * compared with a file; {@code -Dgolden.update=true} writes the files anew.
 */
class GoldenPlanTest {
    private static final Path FILES = Path.of("src/test/resources/org/berth/runtime/plan");
    private static final HostFacts NEW_KERNEL = new HostFacts(6, 18, 40, 2, 524_288);
    private static final HostFacts OLD_KERNEL = new HostFacts(5, 15, 40, 1, 4_096);
    private static final HostFacts LENT = new HostFacts(6, 18, 40, 1, 524_288, true);
    private static final UserRange RANGE = new UserRange(0x2345_0000L);
    private static final RootFilesystem ROOT = new RootFilesystem(
            List.of(Path.of("/store/layers/top"), Path.of("/store/layers/base")),
            Path.of("/store/snapshots/a/upper"),
            Path.of("/store/snapshots/a/work"));
    private static final List<Placement.Group> HYBRID = List.of(
            new Placement.Group(Path.of("/sys/fs/cgroup/memory/berth-abc234/id"), "memory", false),
            new Placement.Group(Path.of("/sys/fs/cgroup/pids/berth-abc234/id"), "pids", false),
            new Placement.Group(Path.of("/sys/fs/cgroup/unified/berth-abc234/id"), "unified", true));
    private static final List<Placement.Group> UNIFIED =
            List.of(new Placement.Group(Path.of("/sys/fs/cgroup/berth-abc234/id"), "", true));

    @Test
    void aContainerOnAHybridHost() throws IOException {
        check("container", plan(spec(false, false, Optional.empty(), List.of()), HYBRID, List.of(), NEW_KERNEL));
    }

    @Test
    void aContainerOnAnOldKernelWithV2() throws IOException {
        check("old-kernel", plan(spec(false, false, Optional.empty(), List.of()), UNIFIED, List.of(), OLD_KERNEL));
    }

    @Test
    void aContainerOfAnOrdinaryUser() throws IOException {
        check("ordinary-user", plan(spec(false, false, Optional.empty(), List.of()), List.of(), List.of(), LENT));
    }

    @Test
    void initTerminalAndNetwork() throws IOException {
        ContainerSpec spec = spec(true, true, Optional.of(Path.of("/run/berth/netns/id")), List.of());
        check("init-terminal", plan(spec, UNIFIED, List.of(), NEW_KERNEL));
    }

    @Test
    void extraMounts() throws IOException {
        MountSpec volume = new MountSpec.Bind(Path.of("/store/volumes/data"), "/var/lib/data", false);
        MountSpec hosts = new MountSpec.Bind(Path.of("/run/berth/hosts"), "/etc/hosts", true);
        MountSpec scratch = new MountSpec.Temporary("/tmp", "size=64m,mode=1777,exec");
        List<MountSpec> mounts = List.of(volume, hosts, scratch);
        List<PlannedMount> planned = List.of(
                new PlannedMount(volume, true), new PlannedMount(hosts, false), new PlannedMount(scratch, true));
        check("mounts", plan(spec(false, false, Optional.empty(), mounts), List.of(), planned, NEW_KERNEL));
    }

    @Test
    void idsOfItsOwn() throws IOException {
        MountSpec volume = new MountSpec.Bind(Path.of("/store/volumes/data"), "/var/lib/data", true);
        MountSpec foreign = new MountSpec.Bind(Path.of("/mnt/foreign"), "/srv", false);
        MountSpec scratch = new MountSpec.Temporary("/tmp", "size=64m");
        ContainerSpec spec = mapped(spec(false, false, Optional.empty(), List.of(volume, foreign, scratch)));
        List<PlannedMount> planned = List.of(
                new PlannedMount(volume, true),
                new PlannedMount(foreign, true, false),
                new PlannedMount(scratch, true));
        check("own-ids", plan(spec, HYBRID, planned, NEW_KERNEL));
    }

    @Test
    void idsOfItsOwnWithInitTerminalAndNetwork() throws IOException {
        ContainerSpec spec = mapped(spec(true, true, Optional.of(Path.of("/run/berth/netns/id")), List.of()));
        check("own-ids-terminal", plan(spec, UNIFIED, List.of(), NEW_KERNEL));
    }

    @Test
    void anExecWithIdsOfItsOwn() throws IOException {
        check("exec-own-ids", ExecPlan.of(process(false), placement(HYBRID, false), NEW_KERNEL, Optional.of(RANGE)));
    }

    /** All that a jail can have otherwise, with the machine's ids. */
    @Test
    void aJailOfItsOwnKind() throws IOException {
        Isolation isolation = new Isolation(
                new Isolation.Namespaces(
                        Set.of(Isolation.Kind.UTS, Isolation.Kind.CGROUP),
                        Optional.of(Path.of("/proc/7/fd/8")),
                        Optional.of(new Isolation.JoinedIpc(Path.of("/proc/7/fd/9"), Path.of("/proc/7/fd/10")))),
                List.of(
                        new Isolation.Device("/dev/null", 'c', 1, 3, 0666, 0, 0),
                        new Isolation.Device("/dev/net/tun", 'c', 10, 200, 0660, 0, 5),
                        new Isolation.Device("/dev/sda", 'b', 8, 300, 0600, 0, 0)),
                new TreeMap<>(Map.of("net.core.somaxconn", "128")),
                Optional.of("domain"),
                OptionalLong.of(1 << 20),
                Optional.of(List.of("/proc/kcore")),
                Optional.of(List.of()),
                true);
        Bounds bounds = new Bounds(
                true, List.of(new Limit("nofile", 10, 20), new Limit("memlock", -1, -1)), OptionalInt.of(-5));
        ContainerSpec plain = spec(false, false, Optional.empty(), List.of());
        ContainerSpec spec = ContainerSpec.of("id", ROOT, plain.process().withBounds(Optional.of(bounds)))
                .hostname("box")
                .isolation(Optional.of(isolation))
                .build();
        check("own-kind", plan(spec, HYBRID, List.of(), NEW_KERNEL));
        check("own-kind-ids", plan(mapped(spec), HYBRID, List.of(), NEW_KERNEL));
    }

    /** What a container does to the settings of its network it must not do to the machine's. */
    @Test
    void onTheMachinesNetworkNothingIsSet() {
        ContainerSpec spec = spec(false, false, Optional.of(ContainerSpec.MACHINE_NETWORK), List.of());
        assertThat(LaunchPrinter.print(plan(spec, HYBRID, List.of(), NEW_KERNEL)))
                .noneMatch(line -> line.contains("set net."));
        ContainerSpec own = spec(false, false, Optional.of(Path.of("/run/netns/id")), List.of());
        assertThat(LaunchPrinter.print(plan(own, HYBRID, List.of(), NEW_KERNEL)))
                .anyMatch(line -> line.contains("set net."));
    }

    private static ContainerSpec mapped(ContainerSpec spec) {
        return spec.change().users(Optional.of(RANGE)).build();
    }

    @Test
    void anExec() throws IOException {
        check("exec", ExecPlan.of(process(false), placement(HYBRID, false), NEW_KERNEL));
    }

    @Test
    void anExecWithATerminal() throws IOException {
        check("exec-terminal", ExecPlan.of(process(true), placement(UNIFIED, true), NEW_KERNEL));
    }

    private static LaunchProgram plan(
            ContainerSpec spec, List<Placement.Group> groups, List<PlannedMount> mounts, HostFacts host) {
        return ContainerPlan.of(spec, placement(groups, true), mounts, host);
    }

    private static Placement placement(List<Placement.Group> groups, boolean input) {
        return new Placement(
                "berth-abc234",
                Path.of("/run/berth/containers/id"),
                Path.of("/store/logs/id"),
                input,
                groups,
                Optional.of(new byte[16]));
    }

    private static ContainerSpec spec(boolean terminal, boolean init, Optional<Path> network, List<MountSpec> mounts) {
        return ContainerSpec.of("id", ROOT, process(terminal))
                .mounts(mounts)
                .hostname("box")
                .network(network)
                .init(init)
                .readOnlyRoot(init)
                .build();
    }

    private static ProcessSpec process(boolean terminal) {
        User user = terminal ? new User(1000, 1000, List.of(100L)) : User.ROOT;
        return new ProcessSpec(
                List.of("server", "--port", "80"),
                List.of("PATH=/usr/bin:/bin", "HOME=/root"),
                "/srv/app",
                user,
                terminal,
                new Capabilities(Set.of("CHOWN", "NET_BIND_SERVICE")));
    }

    private static void check(String name, LaunchProgram program) throws IOException {
        String printed = String.join("\n", LaunchPrinter.print(program)) + "\n\n"
                + String.join("\n", LaunchPrinter.printData(program)) + "\n";
        Path file = FILES.resolve(name + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, printed);
        }
        assertThat(printed).isEqualTo(Files.readString(file));
    }
}
