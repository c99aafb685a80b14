package org.berth.runtime.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ProcessSpec;

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
    private final Script script = new Script(LaunchProgram.builder());

    private ContainerPlan(ContainerSpec spec, Placement placement, List<PlannedMount> mounts, HostFacts host) {
        this.spec = spec;
        this.placement = placement;
        this.mounts = mounts;
        this.host = host;
    }

    /**
     * The program that starts a container.
     *
     * @param mounts those of the specification, in its order
     */
    public static LaunchProgram of(ContainerSpec spec, Placement placement, List<PlannedMount> mounts, HostFacts host) {
        return new ContainerPlan(spec, placement, mounts, host).write();
    }

    private LaunchProgram write() {
        int passed = placement.input() ? 1 : 0;
        Monitor monitor = new Monitor(script, placement, passed);
        Optional<Datum> terminals =
                spec.process().terminal() ? Optional.of(StandardMounts.devpts(script)) : Optional.empty();
        Streams streams =
                terminals.map(devpts -> Streams.newTerminal(script, devpts)).orElseGet(() -> Streams.pipes(script));
        monitor.cloneProcess(Namespaces.atClone(spec.networkNamespace()), !spec.init());
        streams.closeInMonitor(placement.input());
        monitor.report();
        new Pump(script, placement, streams.sources(), monitor.processDescriptor()).write();
        monitor.recordExit();
        script.builder().place(monitor.child());
        process(monitor, streams, terminals);
        Monitor.reportFailure(script);
        return script.builder().build();
    }

    private void process(Monitor monitor, Streams streams, Optional<Datum> terminals) {
        ProcessSpec process = spec.process();
        Namespaces namespaces = new Namespaces(script);
        namespaces.joinGroups(placement.cgroups());
        namespaces.makeGroupNamespace();
        spec.networkNamespace().ifPresentOrElse(namespaces::joinNetwork, namespaces::raiseLoopback);
        namespaces.nameHost(spec.hostname());
        namespaces.leaveKeyring();
        Datum root = root(terminals, streams);
        WorkingDirectory.enter(script, root, process.workingDirectory());
        if (spec.readOnlyRoot()) {
            new Root(script).makeReadOnly(root);
        }
        script.call("set the file creation mask", Call.UMASK, Operand.named("022", 022));
        execute(monitor, streams);
    }

    private Datum root(Optional<Datum> terminals, Streams streams) {
        Root roots = new Root(script);
        script.call("make files as asked", Call.UMASK, Flags.NONE);
        roots.makePrivate();
        ExtraMounts extra = new ExtraMounts(script, mounts);
        StandardMounts standard = new StandardMounts(script, placement.cgroups(), terminals);
        Datum root = roots.enter(roots.overlay(spec.root(), host), placement.folder());
        Datum dev = standard.attach(root);
        streams.terminal().ifPresent(terminal -> standard.attachConsole(root, terminal));
        new Masks(script, root).write(dev, host.processors());
        extra.attach(root);
        return root;
    }

    private void execute(Monitor monitor, Streams streams) {
        Privileges privileges = new Privileges(script);
        privileges.limitOpenFiles(host);
        streams.giveToUser(spec.process().user().uid(), input());
        if (spec.init()) {
            Init init = new Init(script);
            Mark main = script.builder().mark("main process");
            privileges.become(spec.process().user(), spec.process().capabilities(), host);
            init.cloneMain(main);
            privileges.filterCalls(placement.seccomp());
            init.write();
            script.builder().place(main);
            runProgram(monitor, streams, privileges, false);
        } else {
            runProgram(monitor, streams, privileges, true);
        }
    }

    private void runProgram(Monitor monitor, Streams streams, Privileges privileges, boolean become) {
        ProcessSpec process = spec.process();
        streams.take(input(), monitor.nothing());
        if (become) {
            privileges.become(process.user(), process.capabilities(), host);
        }
        script.call(
                "close all else at the exec",
                Call.CLOSE_RANGE,
                Operand.number(3),
                Operand.named("~0", 0xffffffffL),
                Operand.named("CLOSE_RANGE_CLOEXEC", 4));
        privileges.filterCalls(placement.seccomp());
        new Execution(script).write(process);
    }

    private Optional<Integer> input() {
        return placement.input() ? Optional.of(Launcher.FIRST_PASSED_DESCRIPTOR) : Optional.empty();
    }
}
