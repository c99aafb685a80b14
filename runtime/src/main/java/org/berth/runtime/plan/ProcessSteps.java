package org.berth.runtime.plan;

import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.ProcessSpec.Bounds;

/** What a container's first process and an exec's have in common, once they are in their namespaces. */
final class ProcessSteps {
    private final Script script;
    private final ProcessSpec process;
    private final Bounds bounds;
    private final Placement placement;
    private final HostFacts host;
    private final Monitor monitor;
    private final Streams streams;
    private final Optional<Integer> input;
    private boolean streamsGiven;
    private Optional<Gate> gate = Optional.empty();

    /** @param input the descriptor that was passed to become standard input */
    ProcessSteps(
            Script script,
            ProcessSpec process,
            Placement placement,
            HostFacts host,
            Monitor monitor,
            Streams streams,
            Optional<Integer> input) {
        this.script = script;
        this.process = process;
        this.bounds = process.bounds().orElse(Bounds.STANDARD);
        this.placement = placement;
        this.host = host;
        this.monitor = monitor;
        this.streams = streams;
        this.input = input;
    }

    /** Has the process wait there before it executes its program. */
    void waitAt(Gate passed) {
        gate = Optional.of(passed);
    }

    /** The monitor's side: from the clone to its end; then the process goes on here. */
    void watch(long namespaces, boolean sharesMemory) {
        monitor.cloneProcess(namespaces, sharesMemory);
        watch(sharesMemory && (namespaces & Flags.CLONE_NEWNS) != 0, sharesMemory);
        startProcess();
    }

    /** The same of a process that a helper clones in a user namespace; the helper goes on here. */
    void watchHelper(boolean sharesMemory) {
        Mark start = script.builder().mark("helper");
        monitor.cloneHelper(start);
        watch(sharesMemory, sharesMemory);
        script.builder().place(start);
        Privileges.endWithMonitor(script);
    }

    /** The helper's end; the process goes on here. */
    void cloneFromHelper(long namespaces, boolean sharesMemory) {
        monitor.cloneProcessAsSibling(namespaces, sharesMemory);
        startProcess();
    }

    /** In the monitor, before anything is cloned: the user of a user namespace must be able to open its streams again. */
    void giveStreams(UserRange users) {
        ProcessSpec.User user = process.user();
        users.require(user.gid(), "the user's group");
        user.additional().forEach(group -> users.require(group, "another group of the user"));
        streams.giveTo(users.require(user.uid(), "the user"), input);
        streamsGiven = true;
    }

    private void watch(boolean keepsMounts, boolean sharesMemory) {
        if (keepsMounts) {
            monitor.keepMounts();
        }
        streams.closeInMonitor(input);
        gate.ifPresent(Gate::closeInMonitor);
        monitor.report(sharesMemory);
        new Pump(script, placement, streams.sources(), monitor.processDescriptor()).write();
        monitor.recordExit();
    }

    private void startProcess() {
        script.builder().place(monitor.child());
        Privileges.endWithMonitor(script);
    }

    /** What takes rights that {@link #become} gives up. */
    void prepare(Datum root) {
        WorkingDirectory.enter(script, root, process.workingDirectory());
        script.call("set the file creation mask", Call.UMASK, Operand.named("022", 022));
        new Privileges(script).limit(bounds, host);
        if (!streamsGiven) {
            streams.giveToUser(process.user().uid(), input);
        }
    }

    /** What takes the machine's rights: in its namespaces it may be too late. */
    void loosen() {
        new Privileges(script).loosen(bounds, host);
    }

    /** Gives up what it may not do. */
    void become() {
        if (bounds.gainsPrivileges()) {
            filter(); // later it takes no_new_privs, or rights that are given up now (seccomp(2))
        }
        new Privileges(script).become(process.user(), process.capabilities(), host, bounds.gainsPrivileges());
    }

    private void filterAtLast() {
        if (!bounds.gainsPrivileges()) {
            filter();
        }
    }

    private void filter() {
        new Privileges(script).filterCalls(placement.seccomp(), placement.listener());
    }

    /** Becomes process 1 of a container that goes on as init; its main process goes on here. */
    void becomeInit() {
        become();
        Init init = new Init(script);
        Mark main = script.builder().mark("main process");
        init.cloneMain(main);
        filterAtLast();
        init.write();
        script.builder().place(main);
    }

    /** @param nothing standard input when there is none */
    void takeStreams(Datum nothing) {
        streams.take(input, nothing);
    }

    /** The end: nothing of ours is left open, the filter is loaded, the program runs. */
    void execute() {
        gate.ifPresent(Gate::pass);
        script.call(
                "close all else at the exec",
                Call.CLOSE_RANGE,
                Operand.number(3),
                Operand.named("~0", 0xffffffffL),
                Operand.named("CLOSE_RANGE_CLOEXEC", 4));
        new Privileges(script).limitOpenFiles(bounds);
        filterAtLast();
        new Execution(script).write(process);
        Monitor.reportFailure(script);
    }
}
