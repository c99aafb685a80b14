package org.berth.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.Cgroup;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.LaunchPrinter;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.user.UserNamespaces;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.explain.Explainer;
import org.berth.runtime.plan.ContainerPlan;
import org.berth.runtime.plan.ExecPlan;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.Placement;
import org.berth.runtime.plan.PlannedMount;

/**
 * The runtime on the real kernel: plans a launch program, runs it, watches its monitor. All it knows
 * of a container is in the container's folder, so that another daemon can go on with it. Safe for
 * concurrent use.
 */
public final class LinuxRuntime implements ContainerRuntime, AutoCloseable {
    private static final int SIGKILL = 9;
    private static final int SHORT_ID = 12;

    private final Path containers;
    private final String monitorName;
    private final UserNamespaces users;
    private final HostFacts host;
    private final UnaryOperator<LaunchProgram> change;
    private final String bootId;
    private final Launcher launcher;
    private final ProcessStarter starter;
    private final ControlGroups groups;
    private final Filters filters = new Filters();
    private final KnownPrograms programs;
    private final Learning learning = new Learning();
    private final Mappable mappable = new Mappable();
    private final ExitWatch watch = new ExitWatch();
    private final Map<Path, RunningProcess> processes = new ConcurrentHashMap<>();

    /** What execs need to know of their containers, without reading their records. */
    private final Map<String, Jail> jails = new ConcurrentHashMap<>();

    /** Deleted containers whose monitors have not ended yet. */
    private final Map<String, RunningProcess> going = new ConcurrentHashMap<>();

    /** All whose monitors were started here and have not ended yet. */
    private final Set<RunningProcess> watched = ConcurrentHashMap.newKeySet();

    /** What each process of a container has in common with the others. */
    private record Jail(Optional<UserRange> users, Optional<String> seccomp, boolean endsTogether) {
        static final Jail STANDARD = new Jail(Optional.empty(), Optional.empty(), true);

        /** With the first process of a pid namespace of its own all others end (pid_namespaces(7)). */
        static Jail of(ContainerSpec spec) {
            Isolation isolation = spec.isolation().orElse(Isolation.STANDARD);
            return new Jail(spec.users(), spec.seccomp(), isolation.namespaces().own(Isolation.Kind.PID));
        }
    }

    /** The runtime of one instance. */
    public LinuxRuntime(Instance instance) {
        this(instance, new UserNamespaces(instance));
    }

    /** The same. @param users the instance's user namespaces, closed with this */
    public LinuxRuntime(Instance instance, UserNamespaces users) {
        this(instance, users, HostReading.facts(), UnaryOperator.identity(), KnownPrograms.PROGRAMS_MAX);
    }

    /**
     * The same for tests.
     *
     * @param host facts of another machine: older kernels' ways work on newer ones
     * @param change what becomes of each program before it runs: to have steps fail
     */
    LinuxRuntime(Instance instance, HostFacts host, UnaryOperator<LaunchProgram> change) {
        this(instance, new UserNamespaces(instance), host, change, 0);
    }

    private LinuxRuntime(
            Instance instance, UserNamespaces users, HostFacts host, UnaryOperator<LaunchProgram> change, int known) {
        this.programs = new KnownPrograms(known);
        this.users = users;
        this.containers = instance.run().resolve("containers");
        this.monitorName = "berth-" + instance.tag();
        this.host = host;
        this.change = change;
        this.bootId = HostReading.bootId();
        this.groups = new ControlGroups(instance);
        this.launcher = Launcher.spawningAhead(instance.run());
        this.starter = new ProcessStarter(launcher, watch);
    }

    @Override
    public StartedProcess launch(ContainerSpec spec, Output output, Meanwhile meanwhile) {
        try {
            settle(spec.id());
            ProcessFolder folder = folder(spec.id());
            folder.create(name(spec.id()));
            try {
                return launch(spec, output, folder, meanwhile);
            } catch (SystemCallException e) {
                removeAfter(e, spec.id(), folder);
                throw new BerthException(ErrorCode.KERNEL, String.valueOf(e.getMessage()), e);
            } catch (RuntimeException e) {
                removeAfter(e, spec.id(), folder);
                throw e;
            }
        } finally {
            output.input().ifPresent(Descriptor::close);
        }
    }

    /** What can't be removed now, its folder tells the next daemon of; the failure that is said is the first. */
    private void removeAfter(RuntimeException failure, String id, ProcessFolder folder) {
        try {
            remove(id, folder);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void remove(String id, ProcessFolder folder) {
        learning.forget(id);
        groups.killAll(id);
        groups.delete(id);
        folder.delete();
    }

    private StartedProcess launch(ContainerSpec spec, Output output, ProcessFolder folder, Meanwhile meanwhile) {
        try (Beside groupsMade = Beside.begin(() -> groups.create(spec.id(), spec.resources()));
                Beside ready = meanwhile == Meanwhile.NOTHING ? Beside.NOTHING : Beside.begin(meanwhile::makeReady)) {
            return launch(spec, output, folder, groupsMade, ready);
        }
    }

    private StartedProcess launch(
            ContainerSpec spec, Output output, ProcessFolder folder, Beside groupsMade, Beside ready) {
        boolean learns = spec.seccomp().equals(Optional.of(Learning.CHOICE));
        Placement placed = placement(spec.id(), folder, output, spec.process(), spec.seccomp());
        boolean gated = ready != Beside.NOTHING;
        Placement open = learns ? placed.listening() : placed;
        Placement placement = gated ? open.gated() : open;
        List<PlannedMount> mounts = planned(spec);
        String record = ProcessFolder.text(StoredLaunch.container(bootId, spec, placement, mounts, host));
        EncodedProgram program = programs.of(
                List.of(spec.id()),
                record,
                placement.seccomp(),
                () -> change.apply(ContainerPlan.of(spec, placement, mounts, host)));
        List<Descriptor> passed = new ArrayList<>(output.input().stream().toList());
        spec.users().map(users::of).ifPresent(passed::add);
        jails.put(spec.id(), Jail.of(spec));
        folder.writeLaunch(record);
        if (learns) {
            learn(spec);
        }
        groupsMade.join();
        return start(
                program, spec.id(), folder, spec.process(), passed, ready, () -> groups.killAll(spec.id()), () -> {});
    }

    private void learn(ContainerSpec spec) {
        if (spec.init()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "system calls can't be learned of a container with an init of Berth's; start it without");
        }
        learning.watch(
                spec.id(), () -> groups.find(spec.id()).map(Cgroup::processes).orElse(List.of()));
    }

    private Placement placement(
            String id, ProcessFolder folder, Output output, ProcessSpec process, Optional<String> seccomp) {
        return new Placement(
                monitorName,
                folder.path(),
                output.log(),
                output.input().isPresent(),
                groups.placement(id),
                filters.of(process.capabilities(), seccomp));
    }

    private StartedProcess start(
            EncodedProgram program,
            String id,
            ProcessFolder folder,
            ProcessSpec process,
            List<Descriptor> passed,
            Beside ready,
            Runnable killAll,
            Runnable after) {
        ProcessStarter.Started started = starter.start(program, passed, ready, name(id));
        RunningProcess running = RunningProcess.started(folder, process.terminal(), started);
        processes.put(folder.path(), running);
        watched.add(running);
        var _ = running.gone().thenRun(() -> watched.remove(running));
        running.watchWith(watch, () -> groups.ranOutOfMemory(id), killAll, after);
        return running.started();
    }

    private List<PlannedMount> planned(ContainerSpec spec) {
        return spec.mounts().stream()
                .map(mount -> switch (mount) {
                    case MountSpec.Temporary temporary -> new PlannedMount(temporary, true);
                    case MountSpec.Bind bind ->
                        new PlannedMount(
                                bind,
                                isFolder(bind),
                                spec.users()
                                        .map(range -> mappable.test(bind.source(), users.of(range)))
                                        .orElse(true));
                })
                .toList();
    }

    private static boolean isFolder(MountSpec.Bind bind) {
        if (!Files.exists(bind.source())) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "mount on " + bind.target() + ": its source " + bind.source() + " does not exist, make it first");
        }
        return Files.isDirectory(bind.source());
    }

    @Override
    public StartedProcess exec(String containerId, String execId, ProcessSpec process, Output output) {
        try {
            RunningProcess container = process(containerId).orElseThrow(() -> notRunning(containerId));
            if (groups.find(containerId).map(Cgroup::frozen).orElse(false)) {
                throw new BerthException(ErrorCode.CONFLICT, name(containerId) + " is paused, resume it first");
            }
            ProcessFolder folder = folder(containerId).exec(checked(execId));
            folder.create("exec " + execId);
            try {
                return exec(container, containerId, folder, process, output);
            } catch (SystemCallException e) {
                folder.delete();
                throw new BerthException(ErrorCode.KERNEL, String.valueOf(e.getMessage()), e);
            } catch (RuntimeException e) {
                folder.delete();
                throw e;
            }
        } finally {
            output.input().ifPresent(Descriptor::close);
        }
    }

    private StartedProcess exec(
            RunningProcess container, String id, ProcessFolder folder, ProcessSpec process, Output output) {
        Optional<Descriptor> terminal = Optional.empty();
        try (Descriptor held = container.descriptor().orElseThrow(() -> notRunning(id))) {
            terminal = process.terminal() ? Optional.of(ContainerTerminal.open(container)) : Optional.empty();
            List<Descriptor> passed = new ArrayList<>(List.of(held));
            terminal.or(output::input).ifPresent(passed::add);
            folder.writeLaunch(StoredLaunch.exec(bootId, process.terminal()));
            Jail jail = jails.computeIfAbsent(id, this::storedJail);
            Placement placement = placement(
                    id, folder, output, process, jail.seccomp().filter(choice -> !choice.equals(Learning.CHOICE)));
            EncodedProgram program = programs.of(
                    List.of(id, String.valueOf(folder.path().getFileName())),
                    ExecInput.of(process, jail.users(), placement),
                    placement.seccomp(),
                    () -> change.apply(ExecPlan.of(process, placement, host, jail.users())));
            return start(program, id, folder, process, passed, Beside.NOTHING, () -> {}, () -> forget(folder));
        } finally {
            terminal.ifPresent(Descriptor::close);
        }
    }

    /** That of a container which an earlier daemon started. */
    private Jail storedJail(String id) {
        return folder(id)
                .launch()
                .flatMap(StoredLaunch::container)
                .map(stored -> Jail.of(stored.spec()))
                .orElse(Jail.STANDARD);
    }

    /** An exec has ended: its exit was given to whoever waits, nothing asks for it later. */
    private void forget(ProcessFolder exec) {
        processes.remove(exec.path());
        exec.delete();
    }

    @Override
    public Optional<StartedProcess> find(String containerId) {
        ProcessFolder folder = folder(containerId);
        Optional<RunningProcess> found = process(containerId, folder, () -> {});
        found.ifPresent(container -> folder.execs().forEach(exec -> adoptExec(containerId, exec)));
        return found.map(RunningProcess::started);
    }

    /** Those of an earlier daemon: they run on, and their folders go when they have ended. */
    private void adoptExec(String id, ProcessFolder exec) {
        if (process(id, exec, () -> forget(exec))
                .map(running -> running.exit().isDone())
                .orElse(true)) {
            forget(exec);
        }
    }

    /**
     * The process of a folder: known already, or adopted.
     *
     * @param after runs when an adopted one has ended
     */
    private Optional<RunningProcess> process(String id, ProcessFolder folder, Runnable after) {
        RunningProcess known = processes.get(folder.path());
        if (known != null) {
            return Optional.of(known);
        }
        return folder.launch()
                .map(record -> processes.computeIfAbsent(folder.path(), path -> adopt(id, folder, record, after)));
    }

    private Optional<RunningProcess> process(String id) {
        return process(id, folder(id), () -> {});
    }

    private RunningProcess adopt(String id, ProcessFolder folder, StoredLaunch launched, Runnable after) {
        // after a reboot the ids are others' processes
        Optional<ProcessDescriptor> monitor =
                launched.bootId().equals(bootId) ? folder.monitor().flatMap(ProcessDescriptor::open) : Optional.empty();
        if (monitor.isEmpty()) {
            if (isContainer(id, folder) && folder.exit().isEmpty()) {
                groups.killAll(id); // its monitor was killed while no daemon ran
            }
            return RunningProcess.ended(folder, launched.terminal(), groups.ranOutOfMemory(id));
        }
        RunningProcess adopted = RunningProcess.adopted(folder, launched.terminal(), monitor.get());
        Runnable killAll = isContainer(id, folder) ? () -> groups.killAll(id) : () -> {};
        adopted.watchWith(watch, () -> groups.ranOutOfMemory(id), killAll, after);
        return adopted;
    }

    /** Whether the folder is a container's own, and not that of an exec in it. */
    private boolean isContainer(String id, ProcessFolder folder) {
        return folder.equals(folder(id));
    }

    @Override
    public List<String> ids() {
        return ProcessFolder.list(containers).stream()
                .map(folder -> String.valueOf(folder.path().getFileName()))
                .toList();
    }

    @Override
    public void kill(String containerId, int signal) {
        RunningProcess process = process(containerId).orElseThrow(() -> notRunning(containerId));
        if (!process.signal(signal)) {
            throw notRunning(containerId);
        }
    }

    @Override
    public boolean lives(String containerId) {
        return process(containerId).map(RunningProcess::lives).orElse(false);
    }

    @Override
    public void freeze(String containerId, boolean frozen) {
        group(containerId).freeze(frozen);
    }

    @Override
    public void delete(String containerId) {
        ProcessFolder folder = folder(containerId);
        Optional<RunningProcess> process = process(containerId);
        process.ifPresent(running -> running.signal(SIGKILL));
        boolean over = process.isPresent()
                && process.get().exit().isDone()
                && folder.exit().isPresent();
        if (!over || !jails.computeIfAbsent(containerId, this::storedJail).endsTogether()) {
            groups.killAll(containerId);
        }
        process.ifPresent(running -> awaitEnd(running, name(containerId)));
        for (ProcessFolder exec : folder.execs()) {
            process(containerId, exec, () -> {}).ifPresent(running -> awaitEnd(running, name(containerId)));
            processes.remove(exec.path());
        }
        groups.delete(containerId);
        folder.delete();
        processes.remove(folder.path());
        learning.forget(containerId);
        jails.remove(containerId);
        process.filter(running -> !running.gone().isDone()).ifPresent(running -> letGo(containerId, running));
    }

    private void letGo(String id, RunningProcess running) {
        going.put(id, running);
        var _ = running.gone().thenRun(() -> going.remove(id, running));
    }

    @Override
    public void settle(String containerId) {
        Optional.ofNullable(going.get(containerId)).ifPresent(running -> awaitGone(running, name(containerId)));
    }

    private static void awaitGone(RunningProcess process, String what) {
        if (!ProcessStarter.waitFor(process.gone(), ProcessStarter.END_TIMEOUT)) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    what + ": its mounts are still being taken down " + ProcessStarter.END_TIMEOUT.toSeconds()
                            + " s after its end; is the disk slow? try again");
        }
    }

    private static void awaitEnd(RunningProcess process, String what) {
        if (!ProcessStarter.waitFor(process.exit(), ProcessStarter.END_TIMEOUT)) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    what + ": process " + process.pid() + " did not end within "
                            + ProcessStarter.END_TIMEOUT.toSeconds() + " s of SIGKILL");
        }
    }

    @Override
    public Optional<Usage> usage(String containerId) {
        return running(containerId)
                ? groups.usage(containerId).or(() -> ungrouped(containerId).map(UngroupedProcesses::usage))
                : Optional.empty();
    }

    private boolean running(String id) {
        return process(id).map(process -> !process.exit().isDone()).orElse(false);
    }

    @Override
    public List<Long> processes(String containerId) {
        return groups.find(containerId)
                .map(Cgroup::processes)
                .or(() -> ungrouped(containerId).map(UngroupedProcesses::ids))
                .orElse(List.of());
    }

    /** Those of a container that runs without control groups. */
    private Optional<UngroupedProcesses> ungrouped(String id) {
        return process(id)
                .filter(process -> !process.exit().isDone())
                .map(process -> UngroupedProcesses.of(process.pid()));
    }

    @Override
    public List<String> warnings() {
        return groups.warnings();
    }

    @Override
    public void update(String containerId, Resources resources) {
        if (!running(containerId)) {
            throw notRunning(containerId);
        }
        groups.update(containerId, resources);
    }

    private Cgroup group(String id) {
        if (!running(id)) {
            throw notRunning(id);
        }
        return groups.freezable(id, () -> notRunning(id));
    }

    @Override
    public Explanation explain(String containerId) {
        RunningProcess process = process(containerId)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, name(containerId) + " was not started"));
        StoredLaunch.Container stored =
                folder(containerId).launch().flatMap(StoredLaunch::container).orElseThrow();
        Capabilities capabilities = stored.spec().process().capabilities();
        Optional<byte[]> filter = filters.of(capabilities, stored.spec().seccomp());
        List<String> words = filters.words(capabilities, stored.spec().seccomp());
        List<String> program = LaunchPrinter.print(StoredLaunch.program(stored, filter));
        if (process.exit().isDone()) {
            return new Explanation(List.of(), program, words, learning.learned(containerId));
        }
        List<Path> limits = groups.find(containerId).map(Cgroup::folders).orElse(List.of());
        List<String> layers = StoredLaunch.layers(stored);
        return new Explanation(
                new Explainer(Path.of("/proc")).explain(process.pid(), layers, limits),
                program,
                words,
                Optional.empty());
    }

    /** Stops watching. Containers run on. */
    @Override
    public void close() {
        for (RunningProcess process : watched) {
            if (process.exit().isDone()) {
                ProcessStarter.waitFor(process.gone(), ProcessStarter.END_TIMEOUT); // or it goes by itself
            }
        }
        launcher.close();
        watch.close();
        groups.close();
        users.close();
    }

    private ProcessFolder folder(String id) {
        return new ProcessFolder(containers.resolve(checked(id)));
    }

    /** An id becomes the name of a folder and of control groups. */
    private static String checked(String id) {
        if (!id.matches("[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}")) {
            throw new BerthException(ErrorCode.INVALID, "id '" + id + "': expected letters, digits, _ and -");
        }
        return id;
    }

    private static BerthException notRunning(String id) {
        return new BerthException(ErrorCode.NOT_FOUND, name(id) + " is not running");
    }

    private static String name(String id) {
        return "container " + id.substring(0, Math.min(SHORT_ID, id.length()));
    }
}
