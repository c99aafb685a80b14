package org.berth.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.plan.ContainerPlan;
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
    private final HostFacts host;
    private final String bootId;
    private final ProcessStarter starter;
    private final ExitWatch watch = new ExitWatch();
    private final Map<Path, RunningProcess> processes = new ConcurrentHashMap<>();

    /** The runtime of one instance. */
    public LinuxRuntime(Instance instance) {
        this.containers = instance.run().resolve("containers");
        this.monitorName = "berth-" + instance.tag();
        this.host = HostReading.facts();
        this.bootId = HostReading.bootId();
        this.starter = new ProcessStarter(new Launcher(instance.run()));
    }

    @Override
    public StartedProcess launch(ContainerSpec spec, Output output) {
        try {
            ProcessFolder folder = folder(spec.id());
            folder.create(name(spec.id()));
            try {
                return launch(spec, output, folder);
            } catch (RuntimeException e) {
                folder.delete();
                throw e;
            }
        } finally {
            output.input().ifPresent(Descriptor::close);
        }
    }

    private StartedProcess launch(ContainerSpec spec, Output output, ProcessFolder folder) {
        Placement placement = new Placement(
                monitorName, folder.path(), output.log(), output.input().isPresent(), List.of(), Optional.empty());
        LaunchProgram program = ContainerPlan.of(spec, placement, planned(spec.mounts()), host);
        List<Descriptor> passed = new ArrayList<>();
        output.input().ifPresent(passed::add);
        folder.writeLaunched(bootId, spec.process().terminal());
        ProcessStarter.Started started = starter.start(program, folder, passed, name(spec.id()));
        RunningProcess process =
                RunningProcess.started(folder, spec.process().terminal(), started.monitor(), started.pid());
        return register(process, folder).started();
    }

    private RunningProcess register(RunningProcess process, ProcessFolder folder) {
        processes.put(folder.path(), process);
        process.watchWith(watch, () -> false);
        return process;
    }

    private static List<PlannedMount> planned(List<MountSpec> mounts) {
        return mounts.stream()
                .map(mount -> switch (mount) {
                    case MountSpec.Temporary temporary -> new PlannedMount(temporary, true);
                    case MountSpec.Bind bind -> new PlannedMount(bind, isFolder(bind));
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
        throw new UnsupportedOperationException("exec");
    }

    @Override
    public Optional<StartedProcess> find(String containerId) {
        return process(folder(containerId)).map(RunningProcess::started);
    }

    /** The process of a folder: known already, or adopted. */
    private Optional<RunningProcess> process(ProcessFolder folder) {
        RunningProcess known = processes.get(folder.path());
        if (known != null) {
            return Optional.of(known);
        }
        Optional<ProcessFolder.Launched> launched = folder.launched();
        return launched.map(record -> processes.computeIfAbsent(folder.path(), path -> adopt(folder, record)));
    }

    private RunningProcess adopt(ProcessFolder folder, ProcessFolder.Launched launched) {
        // after a reboot the ids are others' processes
        Optional<ProcessDescriptor> monitor =
                launched.bootId().equals(bootId) ? folder.monitor().flatMap(ProcessDescriptor::open) : Optional.empty();
        if (monitor.isEmpty()) {
            return RunningProcess.ended(folder, launched.terminal(), false);
        }
        RunningProcess adopted = RunningProcess.adopted(folder, launched.terminal(), monitor.get());
        adopted.watchWith(watch, () -> false);
        return adopted;
    }

    @Override
    public void kill(String containerId, int signal) {
        RunningProcess process = process(folder(containerId)).orElseThrow(() -> notRunning(containerId));
        if (!process.signal(signal)) {
            throw notRunning(containerId);
        }
    }

    @Override
    public void freeze(String containerId, boolean frozen) {
        throw new UnsupportedOperationException("freeze");
    }

    @Override
    public void delete(String containerId) {
        ProcessFolder folder = folder(containerId);
        Optional<RunningProcess> process = process(folder);
        process.ifPresent(running -> end(running, name(containerId)));
        for (ProcessFolder exec : folder.execs()) {
            process(exec).ifPresent(running -> end(running, name(containerId)));
            processes.remove(exec.path());
        }
        folder.delete();
        processes.remove(folder.path());
    }

    private static void end(RunningProcess process, String what) {
        boolean signalled = process.signal(SIGKILL);
        if (!ProcessStarter.waitFor(process.exit(), ProcessStarter.END_TIMEOUT)) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    what + ": process " + process.pid() + (signalled ? " did not end" : " was not ended") + " within "
                            + ProcessStarter.END_TIMEOUT.toSeconds() + " s of SIGKILL");
        }
    }

    @Override
    public Optional<Usage> usage(String containerId) {
        return Optional.empty();
    }

    @Override
    public List<Long> processes(String containerId) {
        return List.of();
    }

    @Override
    public void update(String containerId, Resources resources) {
        throw new UnsupportedOperationException("update");
    }

    @Override
    public Explanation explain(String containerId) {
        return new Explanation(List.of(), folder(containerId).program());
    }

    /** Stops watching. Containers run on. */
    @Override
    public void close() {
        watch.close();
    }

    private ProcessFolder folder(String id) {
        if (!id.matches("[0-9a-zA-Z][0-9a-zA-Z_.-]{0,127}")) {
            throw new BerthException(ErrorCode.INVALID, "container id " + id + ": expected letters, digits, _ . -");
        }
        return new ProcessFolder(containers.resolve(id));
    }

    private static BerthException notRunning(String id) {
        return new BerthException(ErrorCode.NOT_FOUND, name(id) + " is not running");
    }

    private static String name(String id) {
        return "container " + id.substring(0, Math.min(SHORT_ID, id.length()));
    }
}
