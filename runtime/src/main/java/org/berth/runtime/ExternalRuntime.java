package org.berth.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.Cgroup;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.external.BundleConfig;
import org.berth.runtime.external.RuntimeCommand;
import org.berth.runtime.plan.ExternalPlan;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.Placement;

/**
 * Containers of another OCI runtime, driven by its command line. Its process is the child of a monitor of ours
 * all the same, so that output and exit outlive the daemon; limits and usage are our own control groups'. What
 * only our own launch programs can do (init, explain, ranges of ids) is refused by name.
 */
final class ExternalRuntime implements ContainerRuntime, AutoCloseable {
    /** The file that marks a container's folder, and names the runtime. */
    static final String MARK = "runtime";

    private static final String LOG = "runtime.log";
    private static final int SHORT_ID = 12;

    private final RuntimeCommand command;
    private final Path containers;
    private final Path state;
    private final Instance instance;
    private final String bootId = HostReading.bootId();
    private final HostFacts host = HostReading.facts();
    private final ExitWatch watch = new ExitWatch();
    private final ProcessStarter starter;
    private final ControlGroups groups;
    private final Map<Path, RunningProcess> processes = new ConcurrentHashMap<>();

    ExternalRuntime(Instance instance, RuntimeCommand command) {
        this.instance = instance;
        this.command = command;
        this.containers = instance.run().resolve("containers");
        this.state = instance.run().resolve("runtimes").resolve(command.name().replace('/', '_'));
        this.groups = new ControlGroups(instance);
        this.starter = new ProcessStarter(new Launcher(instance.run()), watch);
    }

    @Override
    public StartedProcess launch(ContainerSpec spec, Output output, Meanwhile meanwhile) {
        try {
            if (spec.init()) {
                throw unsupported("an init of Berth's own (init: true)");
            }
            if (spec.users().isPresent()) {
                throw unsupported("a range of ids of its own (give userns_mode: host)");
            }
            if (spec.seccomp().filter(choice -> !choice.equals("unconfined")).isPresent()) {
                throw unsupported("a filter of system calls in docker's format");
            }
            if (spec.isolation().isPresent()) {
                throw unsupported("a jail with namespaces, devices, sysctls or masked paths of another choice");
            }
            if (spec.resources().more().flatMap(more -> more.devices()).isPresent()) {
                throw unsupported("rules for devices");
            }
            ProcessFolder folder = folder(spec.id());
            folder.create(name(spec.id()));
            try {
                groups.create(spec.id(), spec.resources());
                meanwhile.makeReady(); // its birth is another program's: nothing is known of its steps
                return launch(spec, output, folder);
            } catch (RuntimeException e) {
                new RuntimeTool(command, state, folder.path().resolve(LOG)).cleanUp("delete", "--force", spec.id());
                groups.killAll(spec.id());
                groups.delete(spec.id());
                RuntimeException said = explained(e, folder.path());
                folder.delete();
                throw said;
            }
        } finally {
            output.input().ifPresent(Descriptor::close);
        }
    }

    private StartedProcess launch(ContainerSpec spec, Output output, ProcessFolder folder) {
        Path log = folder.path().resolve(LOG);
        try {
            Files.createDirectories(state);
            Files.createDirectory(folder.path().resolve(ExternalPlan.ROOT));
            Files.writeString(folder.path().resolve(MARK), command.name());
            String cgroup = "/berth-" + instance.tag() + "/" + spec.id();
            Files.write(folder.path().resolve("config.json"), BundleConfig.of(spec, ExternalPlan.ROOT, cgroup, host));
        } catch (IOException e) {
            throw FileErrors.of("write the bundle in " + folder.path(), e);
        }
        List<String> arguments = new ArrayList<>(command.arguments(state, log));
        arguments.addAll(List.of("run", "--detach", "--pid-file", ExternalPlan.PID_FILE));
        addConsole(arguments, spec.process());
        arguments.add(spec.id());
        folder.writeLaunch(StoredLaunch.exec(bootId, spec.process().terminal()));
        Runnable killAll = () -> {
            tool(spec.id()).cleanUp("kill", spec.id(), "KILL");
            groups.killAll(spec.id());
        };
        LaunchProgram program = ExternalPlan.of(
                commandLine(arguments),
                Optional.of(spec.root()),
                spec.process().terminal(),
                placement(spec.id(), folder, output),
                host);
        return start(program, spec.id(), folder, spec.process(), output, killAll, () -> {});
    }

    private static void addConsole(List<String> arguments, ProcessSpec process) {
        if (process.terminal()) {
            arguments.addAll(List.of("--console-socket", ExternalPlan.CONSOLE_SOCKET));
        }
    }

    /** What the runtime's program itself runs with; the container has its own. */
    private static ProcessSpec commandLine(List<String> arguments) {
        return new ProcessSpec(
                arguments,
                List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                "/",
                ProcessSpec.User.ROOT,
                false,
                Capabilities.STANDARD);
    }

    /**
     * On a hybrid machine the v2 hierarchy limits nothing and other runtimes leave it alone: the command is born in
     * the container's group there. Everywhere else it puts the container into the group itself.
     */
    private Placement placement(String id, ProcessFolder folder, Output output) {
        List<Placement.Group> unified = groups.placement(id).stream()
                .filter(group -> group.unified() && !group.mountName().isEmpty())
                .toList();
        return new Placement(
                "berth-" + instance.tag(),
                folder.path(),
                output.log(),
                output.input().isPresent(),
                unified,
                Optional.empty());
    }

    private StartedProcess start(
            LaunchProgram program,
            String id,
            ProcessFolder folder,
            ProcessSpec process,
            Output output,
            Runnable killAll,
            Runnable after) {
        List<Descriptor> passed = output.input().stream().toList();
        ProcessStarter.Started started = starter.start(EncodedProgram.of(program), passed, name(id));
        RunningProcess running = RunningProcess.started(folder, process.terminal(), started);
        processes.put(folder.path(), running);
        running.watchWith(watch, () -> groups.ranOutOfMemory(id), killAll, after);
        return running.started();
    }

    /** What the runtime has said of it, where there is something. */
    private RuntimeException explained(RuntimeException failure, Path folder) {
        Optional<String> said = RuntimeTool.lastError(folder.resolve(LOG));
        if (said.isPresent() && String.valueOf(failure.getMessage()).startsWith(ExternalPlan.FAILED)) {
            String message = command.name() + ": " + said.get();
            return ProgramNotStarted.code(said.get())
                    .<RuntimeException>map(code ->
                            new BerthException(ErrorCode.INVALID, message, new ProgramNotStarted(message, code)))
                    .orElseGet(() -> new BerthException(ErrorCode.KERNEL, message, failure));
        }
        return failure instanceof SystemCallException
                ? new BerthException(ErrorCode.KERNEL, String.valueOf(failure.getMessage()), failure)
                : failure;
    }

    @Override
    public StartedProcess exec(String containerId, String execId, ProcessSpec process, Output output) {
        try {
            requireRunning(containerId);
            ProcessFolder folder = folder(containerId).exec(ProcessFolder.checked(execId));
            folder.create("exec " + execId);
            try {
                return exec(containerId, folder, process, output);
            } catch (RuntimeException e) {
                RuntimeException said = explained(e, folder.path());
                folder.delete();
                throw said;
            }
        } finally {
            output.input().ifPresent(Descriptor::close);
        }
    }

    private StartedProcess exec(String id, ProcessFolder folder, ProcessSpec process, Output output) {
        try {
            Files.write(folder.path().resolve("process.json"), BundleConfig.of(process, host.openFilesMax()));
        } catch (IOException e) {
            throw FileErrors.of("write " + folder.path().resolve("process.json"), e);
        }
        List<String> arguments =
                new ArrayList<>(command.arguments(state, folder.path().resolve(LOG)));
        arguments.addAll(List.of("exec", "--detach", "--process", "process.json"));
        arguments.addAll(List.of("--pid-file", ExternalPlan.PID_FILE));
        addConsole(arguments, process);
        arguments.add(id);
        folder.writeLaunch(StoredLaunch.exec(bootId, process.terminal()));
        LaunchProgram program = ExternalPlan.of(
                commandLine(arguments), Optional.empty(), process.terminal(), placement(id, folder, output), host);
        return start(program, id, folder, process, output, () -> {}, () -> forget(folder));
    }

    private void forget(ProcessFolder exec) {
        processes.remove(exec.path());
        exec.delete();
    }

    @Override
    public Optional<StartedProcess> find(String containerId) {
        ProcessFolder folder = folder(containerId);
        Optional<RunningProcess> found = process(containerId, folder, () -> {});
        for (ProcessFolder exec : found.isPresent() ? folder.execs() : List.<ProcessFolder>of()) {
            if (process(containerId, exec, () -> forget(exec))
                    .map(running -> running.exit().isDone())
                    .orElse(true)) {
                forget(exec);
            }
        }
        return found.map(RunningProcess::started);
    }

    private Optional<RunningProcess> process(String id, ProcessFolder folder, Runnable after) {
        RunningProcess known = processes.get(folder.path());
        if (known != null) {
            return Optional.of(known);
        }
        return folder.launch()
                .map(record -> processes.computeIfAbsent(folder.path(), path -> adopt(id, folder, record, after)));
    }

    private RunningProcess adopt(String id, ProcessFolder folder, StoredLaunch launched, Runnable after) {
        boolean container = folder.equals(folder(id));
        Runnable killAll = () -> {
            if (container) {
                tool(id).cleanUp("kill", id, "KILL");
                groups.killAll(id);
            }
        };
        Optional<ProcessDescriptor> monitor =
                launched.bootId().equals(bootId) ? folder.monitor().flatMap(ProcessDescriptor::open) : Optional.empty();
        if (monitor.isEmpty()) {
            if (folder.exit().isEmpty()) {
                killAll.run();
            }
            return RunningProcess.ended(folder, launched.terminal(), groups.ranOutOfMemory(id));
        }
        RunningProcess adopted = RunningProcess.adopted(folder, launched.terminal(), monitor.get());
        adopted.watchWith(watch, () -> groups.ranOutOfMemory(id), killAll, after);
        return adopted;
    }

    @Override
    public List<String> ids() {
        return ProcessFolder.list(containers).stream()
                .filter(folder -> Files.exists(folder.path().resolve(MARK)))
                .map(folder -> String.valueOf(folder.path().getFileName()))
                .toList();
    }

    @Override
    public void kill(String containerId, int signal) {
        requireRunning(containerId);
        tool(containerId).run("kill", containerId, Integer.toString(signal));
    }

    @Override
    public boolean lives(String containerId) {
        return process(containerId, folder(containerId), () -> {})
                .map(RunningProcess::lives)
                .orElse(false);
    }

    @Override
    public void freeze(String containerId, boolean frozen) {
        requireRunning(containerId);
        tool(containerId).run(frozen ? "pause" : "resume", containerId);
    }

    @Override
    public void delete(String containerId) {
        ProcessFolder folder = folder(containerId);
        if (!folder.exists()) {
            groups.killAll(containerId);
            groups.delete(containerId);
            return;
        }
        Optional<RunningProcess> process = process(containerId, folder, () -> {});
        tool(containerId).cleanUp("delete", "--force", containerId);
        groups.killAll(containerId);
        process.ifPresent(running -> awaitEnd(running, containerId));
        for (ProcessFolder exec : folder.execs()) {
            process(containerId, exec, () -> {}).ifPresent(running -> awaitEnd(running, containerId));
            processes.remove(exec.path());
        }
        groups.delete(containerId);
        folder.delete();
        processes.remove(folder.path());
    }

    private void awaitEnd(RunningProcess process, String id) {
        if (!ProcessStarter.waitFor(process.gone(), ProcessStarter.END_TIMEOUT)) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    name(id) + ": process " + process.pid() + " did not end within "
                            + ProcessStarter.END_TIMEOUT.toSeconds() + " s of " + command.name() + " delete --force");
        }
    }

    @Override
    public void settle(String containerId) {
        // delete has waited: the monitor is gone, and nothing of the root is mounted but in the container
    }

    @Override
    public Optional<Usage> usage(String containerId) {
        return running(containerId) ? groups.usage(containerId) : Optional.empty();
    }

    @Override
    public List<Long> processes(String containerId) {
        return groups.find(containerId).map(Cgroup::processes).orElse(List.of());
    }

    @Override
    public void update(String containerId, Resources resources) {
        requireRunning(containerId);
        groups.update(containerId, resources);
    }

    @Override
    public Explanation explain(String containerId) {
        throw unsupported(
                "to explain a container; see " + command.name() + " --root " + state + " state " + containerId);
    }

    private boolean running(String id) {
        return process(id, folder(id), () -> {})
                .map(process -> !process.exit().isDone())
                .orElse(false);
    }

    private void requireRunning(String id) {
        if (!running(id)) {
            throw new BerthException(ErrorCode.NOT_FOUND, name(id) + " is not running");
        }
    }

    private RuntimeTool tool(String id) {
        return new RuntimeTool(command, state, folder(id).path().resolve(LOG));
    }

    private ProcessFolder folder(String id) {
        return new ProcessFolder(containers.resolve(ProcessFolder.checked(id)));
    }

    private static String name(String id) {
        return "container " + id.substring(0, Math.min(id.length(), SHORT_ID));
    }

    private BerthException unsupported(String what) {
        return new BerthException(
                ErrorCode.UNSUPPORTED,
                "runtime " + command.name() + " is not Berth's own and does not have " + what
                        + "; use the runtime berth for that");
    }

    /** Stops watching. Containers run on. */
    @Override
    public void close() {
        watch.close();
        groups.close();
    }
}
