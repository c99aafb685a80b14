package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.config.Validation;
import org.berth.runtime.oci.plan.BundleDescriptors;
import org.berth.runtime.oci.plan.BundlePlacement;
import org.berth.runtime.oci.plan.JoinPlan;
import org.berth.runtime.plan.Placement;

/** One more process joins a container that runs. */
final class Joining {
    private static final List<String> ARGUMENTS = List.of("berth");

    private final Environment environment;
    private final ExecRequest request;
    private final StateFolder folder;
    private final ContainerState state;
    private final OciConfig config;
    private final OciProcess process;

    private Optional<Descriptor> started = Optional.empty();
    private Optional<Terminal> terminal = Optional.empty();

    Joining(Environment environment, ExecRequest request) {
        this.environment = environment;
        this.request = request;
        this.folder = environment.store().existing(request.id());
        this.state = folder.state().orElseThrow(() -> StateStore.missing(request.id()));
        refuse(Status.of(folder, state));
        this.config = OciConfig.parse(folder.config().orElseThrow());
        this.process = request.process()
                .orElseGet(() -> request.changed().apply(config.process().orElseThrow()));
        Validation.check(process).forEach(environment.warn());
        checkTerminal();
    }

    private void refuse(Status status) {
        if (status == Status.STOPPED || status == Status.CREATING) {
            throw new BerthException(ErrorCode.CONFLICT, "cannot exec in a " + status + " container");
        }
        if (status == Status.PAUSED && !request.ignorePaused()) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "cannot exec in a paused container (use --ignore-paused to override)");
        }
    }

    private void checkTerminal() {
        if (process.terminal() && !request.waits() && request.consoleSocket().isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID, "a terminal is asked for and nobody would hold it: name a --console-socket");
        }
        if (!process.terminal() && request.consoleSocket().isPresent()) {
            throw new BerthException(ErrorCode.INVALID, "--console-socket is given, but no terminal is asked for");
        }
    }

    /** Runs it. @return its exit code; 0 when nobody waits */
    int exec() {
        try {
            launch();
            Optional<SignalPipe> signals = request.waits() ? Optional.of(SignalPipe.open()) : Optional.empty();
            Descriptor running = started.orElseThrow();
            if (signals.isEmpty()) {
                return 0;
            }
            Optional<Thread> relay = terminal.map(Terminal::relay);
            return new Foreground(running, signals.get(), terminal, relay).await();
        } catch (SystemCallException e) {
            throw new BerthException(ErrorCode.KERNEL, String.valueOf(e.getMessage()), e);
        } finally {
            terminal.ifPresent(Terminal::close);
            started.ifPresent(Descriptor::close);
        }
    }

    private void launch() {
        List<Descriptor> preserved = Preserved.of(request.preservedDescriptors());
        LaunchProgram program = environment.change().apply(program(preserved.size()));
        Descriptor[] ends = Kernel.socketPair();
        Launch launch;
        try (Descriptor theirs = ends[1];
                Descriptor container = container()) {
            List<Descriptor> passed = new ArrayList<>(List.of(theirs, container));
            passed.addAll(preserved);
            launch = new Launcher(folder.path()).start(program, ARGUMENTS, passed);
        } catch (RuntimeException e) {
            ends[0].close();
            throw e;
        }
        try (Talk talk = new Talk(program, ends[0], launch.takeStatus())) {
            attend(talk, launch.pid());
        } finally {
            Kernel.reap(launch.pid());
        }
    }

    private Descriptor container() {
        return Processes.open(state)
                .orElseThrow(() -> new BerthException(ErrorCode.CONFLICT, "cannot exec in a stopped container"));
    }

    private LaunchProgram program(int preserved) {
        BundlePlacement placement = Situation.joining(folder, state, config, process, groups(), preserved);
        return JoinPlan.of(config.linux(), process, placement);
    }

    /** The container's, or groups below: "PATH", or "CONTROLLER,...:PATH" for some hierarchies. */
    private List<Placement.Group> groups() {
        List<Placement.Group> groups = Groups.of(state).map(Groups::placement).orElse(List.of());
        if (request.group().isEmpty()) {
            return groups;
        }
        String given = request.group().get();
        int colon = given.indexOf(':');
        String path = colon < 0 ? given : given.substring(colon + 1);
        List<String> only =
                colon < 0 ? List.of() : List.of(given.substring(0, colon).split(",", -1));
        List<Placement.Group> below = new ArrayList<>();
        for (Placement.Group group : groups) {
            boolean meant = only.isEmpty() || only.contains(group.mountName());
            below.add(meant ? below(group, path) : group);
        }
        return below;
    }

    private static Placement.Group below(Placement.Group group, String path) {
        Path folder = group.folder().resolve(path.replaceFirst("^/+", "")).normalize();
        if (!folder.startsWith(group.folder())) {
            throw new BerthException(
                    ErrorCode.INVALID, "bad sub cgroup path: " + path + " leads out of the container's group");
        }
        if (!java.nio.file.Files.isDirectory(folder)) {
            throw new BerthException(ErrorCode.NOT_FOUND, "the control group " + folder + " does not exist");
        }
        return new Placement.Group(folder, group.mountName(), group.unified());
    }

    private void attend(Talk talk, long starter) {
        try {
            answer(talk, starter);
        } catch (RuntimeException e) {
            talk.end();
            throw e;
        }
    }

    private void answer(Talk talk, long starter) {
        while (true) {
            switch (talk.next()) {
                case NAMESPACES -> {
                    StandardStreams.give(process, config.linux());
                    started = Kernel.process(talk.pid());
                    Kernel.reap(starter);
                }
                case LISTENER -> giveListener(talk.pid());
                case READY -> {
                    ready(talk.pid());
                    talk.goOn();
                    talk.awaitExecution(starter);
                    return;
                }
                default -> {} // not of a process that joins
            }
            talk.goOn();
        }
    }

    private void giveListener(long pid) {
        try (Descriptor listener =
                Kernel.take(started.orElseThrow(), BundleDescriptors.LISTENER, "the filter's listener")) {
            SeccompListener.give(config.linux().seccomp().orElseThrow(), state, "running", pid, listener);
        }
    }

    private void ready(long pid) {
        request.pidFile().ifPresent(file -> StateFolder.replace(file, Long.toString(pid)));
        request.pidDescriptorSocket().ifPresent(socket -> Kernel.sendProcess(socket, "setns", started.orElseThrow()));
        if (!process.terminal()) {
            return;
        }
        Terminal taken =
                new Terminal(Kernel.take(started.orElseThrow(), BundleDescriptors.TERMINAL, "the terminal's master"));
        if (request.consoleSocket().isPresent()) {
            try (taken) {
                taken.sendTo(request.consoleSocket().get(), "/dev/ptmx");
            }
        } else {
            terminal = Optional.of(taken);
        }
    }
}
