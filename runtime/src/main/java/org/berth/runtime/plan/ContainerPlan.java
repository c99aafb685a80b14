package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.Isolation;
import org.berth.runtime.Isolation.Kind;

/**
 * A container's birth. Its order, and where it binds: groups are joined before their namespace is
 * made; file systems and binds are opened while the host's tree is there, and attached when it is
 * gone; capabilities go after the last mount; the filter is loaded last.
 */
public final class ContainerPlan {
    private final ContainerSpec spec;
    private final Placement placement;
    private final List<PlannedMount> mounts;
    private final HostFacts host;
    private final Isolation isolation;
    private final Script script = new Script(LaunchProgram.builder());

    private ContainerPlan(ContainerSpec spec, Placement placement, List<PlannedMount> mounts, HostFacts host) {
        this.spec = spec;
        this.placement = placement;
        this.mounts = mounts;
        this.host = host;
        this.isolation = spec.isolation().orElse(Isolation.STANDARD);
    }

    /**
     * The program that starts a container. It is passed its standard input, if there is one, then its user namespace, if
     * there is one, then its gate, if there is one.
     *
     * @param mounts those of the specification, in its order
     */
    public static LaunchProgram of(ContainerSpec spec, Placement placement, List<PlannedMount> mounts, HostFacts host) {
        return new ContainerPlan(spec, placement, mounts, host).write();
    }

    private LaunchProgram write() {
        Optional<Integer> input = placement.input() ? Optional.of(Launcher.FIRST_PASSED_DESCRIPTOR) : Optional.empty();
        int inputs = input.isPresent() ? 1 : 0;
        Optional<Mapping> mapping =
                spec.users().map(users -> new Mapping(users, Launcher.FIRST_PASSED_DESCRIPTOR + inputs));
        int passed = inputs + (mapping.isPresent() ? 1 : 0);
        Monitor monitor = new Monitor(script, placement, passed + (placement.gate() ? 1 : 0));
        Optional<Datum> terminals = spec.process().terminal() ? Optional.of(terminals()) : Optional.empty();
        Streams streams =
                terminals.map(devpts -> Streams.newTerminal(script, devpts)).orElseGet(() -> Streams.pipes(script));
        ProcessSteps process = new ProcessSteps(script, spec.process(), placement, host, monitor, streams, input);
        if (placement.gate()) {
            process.waitAt(new Gate(script, Launcher.FIRST_PASSED_DESCRIPTOR + passed));
        }
        Filesystems filesystems = mapping.isPresent()
                ? mapped(process, mapping.get(), terminals, streams)
                : unmapped(process, terminals, streams);
        Datum root = filesystems.root();
        process.prepare(root);
        if (spec.readOnlyRoot()) {
            new Root(script).makeReadOnly(root);
        }
        if (spec.init()) {
            process.becomeInit();
            process.takeStreams(filesystems.nothing());
        } else {
            process.takeStreams(filesystems.nothing());
            process.become();
        }
        process.execute();
        return script.builder().build();
    }

    private Datum terminals() {
        return spec.users()
                .map(users -> StandardMounts.devpts(script, users))
                .orElseGet(() -> StandardMounts.devpts(script));
    }

    private Filesystems unmapped(ProcessSteps process, Optional<Datum> terminals, Streams streams) {
        isolation.namespaces().processes().ifPresent(new Namespaces(script)::joinProcessIds);
        process.watch(Namespaces.atClone(spec), !spec.init());
        process.loosen();
        joinAndName();
        Root roots = new Root(script);
        script.call("make files as asked", Call.UMASK, Flags.NONE);
        roots.makePrivate();
        ExtraMounts extra = new ExtraMounts(script, mounts);
        extra.prepare();
        StandardMounts standard =
                new StandardMounts(script, placement.cgroups(), terminals, joinOthersIpc(), host.lent(), isolation);
        if (!spec.networkNamespace().equals(Optional.of(ContainerSpec.MACHINE_NETWORK))) {
            standard.openPorts(); // the machine's own settings are nobody's to change
        }
        Datum root = roots.enter(roots.overlay(spec.root(), host), placement.folder());
        return fill(root, standard, extra, streams);
    }

    /**
     * In a user namespace. A helper makes what takes the host's rights, joins the namespace, and clones the process, whose
     * other namespaces so belong to the user namespace: its root rules them, and nothing else.
     */
    private Filesystems mapped(ProcessSteps process, Mapping mapping, Optional<Datum> terminals, Streams streams) {
        Root roots = new Root(script);
        ExtraMounts extra = new ExtraMounts(script, mounts);
        Namespaces namespaces = new Namespaces(script);
        process.giveStreams(mapping.users());
        process.watchHelper(!spec.init());
        process.loosen();
        namespaces.joinGroups(placement.cgroups());
        script.call("make files as asked", Call.UMASK, Flags.NONE);
        extra.copyMapped(mapping);
        StandardMounts.HostSide prepared = StandardMounts.hostSide(script, placement.cgroups(), mapping, isolation);
        Datum overlay = roots.mappedOverlay(spec.root(), host, mapping);
        spec.networkNamespace().ifPresent(namespaces::joinNetwork);
        // not before the helper is there: it would be told the process's id as that namespace has it
        isolation.namespaces().processes().ifPresent(namespaces::joinProcessIds);
        Optional<Datum> othersMemory = joinOthersIpc();
        namespaces.joinUsers(mapping.namespace());
        process.cloneFromHelper(Namespaces.atCloneByHelper(spec), !spec.init());
        if (spec.networkNamespace().isEmpty()) {
            namespaces.raiseLoopback();
        }
        name(namespaces);
        namespaces.leaveKeyring();
        roots.makePrivate();
        extra.makeOwn();
        StandardMounts standard =
                StandardMounts.around(script, prepared, placement.cgroups(), terminals, othersMemory, isolation);
        if (spec.networkNamespace().isEmpty()) {
            standard.openPorts(); // else whoever made the namespace has done so
        }
        // the container's folder in the run folder can't be reached with its ids; the top is there always
        Datum root = roots.enter(overlay, Path.of("/"));
        return fill(root, standard, extra, streams);
    }

    private Optional<Datum> joinOthersIpc() {
        return isolation.namespaces().ipc().map(ipc -> new OthersIpc(script, ipc).join());
    }

    private void joinAndName() {
        Namespaces namespaces = new Namespaces(script);
        namespaces.joinGroups(placement.cgroups());
        if (isolation.namespaces().own(Kind.CGROUP)) {
            namespaces.makeGroupNamespace();
        }
        spec.networkNamespace().ifPresentOrElse(namespaces::joinNetwork, namespaces::raiseLoopback);
        name(namespaces);
        namespaces.leaveKeyring();
    }

    private void name(Namespaces namespaces) {
        if (isolation.namespaces().own(Kind.UTS)) {
            namespaces.nameHost(spec.hostname());
            isolation.domainName().ifPresent(namespaces::nameDomain);
        }
    }

    /** The root, open, and the container's own /dev/null, open to read and write. */
    private record Filesystems(Datum root, Datum nothing) {}

    private Filesystems fill(Datum root, StandardMounts standard, ExtraMounts extra, Streams streams) {
        isolation.settings().forEach(standard::set);
        standard.attach(root);
        streams.terminal().ifPresent(standard::attachConsole);
        new Masks(script, standard, isolation).write(host);
        Datum nothing = standard.openNull();
        extra.attach(root);
        return new Filesystems(root, nothing);
    }
}
