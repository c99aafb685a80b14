package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.oci.config.Hooks;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.config.Seccomp;
import org.berth.runtime.oci.config.Validation;
import org.berth.runtime.oci.facts.BundleFacts;
import org.berth.runtime.oci.facts.MountLabels;
import org.berth.runtime.oci.plan.BundleDescriptors;

/**
 * The operation "create" of runtime-spec, step by step. Where one fails, what was made before it is taken
 * away again, the last first: the process, the hooks' effects (by the poststop hooks), the control groups,
 * the state folder.
 */
final class Creation {
    private static final List<String> ARGUMENTS = List.of("berth");
    private static final int FIFO_MODE = 0600;

    private final Environment environment;
    private final CreateRequest request;
    private final StateFolder folder;
    private final Consumer<String> warn;
    private final OciConfig config;
    private final ContainerState initial;
    private final Groups groups;

    private Optional<Descriptor> process = Optional.empty();
    private Optional<Terminal> terminal = Optional.empty();
    private ContainerState state;

    private Creation(Environment environment, CreateRequest request, StateFolder folder, byte[] text) {
        this.environment = environment;
        this.request = request;
        this.folder = folder;
        this.warn = environment.warn();
        OciConfig parsed = OciConfig.parse(text);
        Validation.check(BundleFacts.withMappings(parsed)).forEach(warn);
        this.config = MountLabels.apply(BundleFacts.withMappings(parsed), warn);
        checkTerminal();
        this.groups = new Groups(config.linux(), request.id(), request.manager());
        this.initial = ContainerStates.creating(config, request, environment);
        this.state = initial;
    }

    /**
     * A container that waits to be started.
     *
     * @param process its first process; the caller closes it
     * @param terminal the master of its terminal, when nobody else was given it
     */
    record Created(
            StateFolder folder,
            OciConfig config,
            ContainerState state,
            Descriptor process,
            Optional<Terminal> terminal) {}

    /** Creates a container. @throws BerthException when nothing of it is left */
    static Created create(Environment environment, CreateRequest request) {
        StateFolder folder = environment.store().folder(request.id());
        byte[] text = read(request);
        folder.create();
        try {
            Creation creation = new Creation(environment, request, folder, text);
            folder.writeConfig(text);
            return creation.create();
        } catch (RuntimeException e) {
            folder.delete();
            throw e instanceof SystemCallException refused
                    ? new BerthException(ErrorCode.KERNEL, String.valueOf(refused.getMessage()), refused)
                    : e;
        }
    }

    private static byte[] read(CreateRequest request) {
        Path file = request.bundle().resolve(request.config());
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    Files.isDirectory(request.bundle())
                            ? "JSON specification file " + request.config() + " not found in the bundle "
                                    + request.bundle()
                            : "the bundle " + request.bundle() + ": no such file or directory",
                    e);
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    private void checkTerminal() {
        boolean wanted = config.process().map(OciProcess::terminal).orElse(false);
        if (wanted && !request.waits() && request.consoleSocket().isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "process.terminal is true and nobody would hold the terminal: name a --console-socket");
        }
        if (!wanted && request.consoleSocket().isPresent()) {
            throw new BerthException(ErrorCode.INVALID, "--console-socket is given, but process.terminal is not true");
        }
    }

    private Created create() {
        try (var _ = folder.lock()) {
            return createLocked();
        }
    }

    private Created createLocked() {
        try {
            folder.writeDraft(state);
            Kernel.makeFifo(folder.execFifo(), FIFO_MODE);
            Kernel.makeFifo(folder.resultFifo(), FIFO_MODE);
            state = state.withGroups(groups.create());
            groups.giveRealtime(config);
            folder.writeDraft(state);
            give();
            return new Created(folder, config, state, process.orElseThrow(), terminal);
        } catch (RuntimeException e) {
            undo();
            throw e;
        }
    }

    /** Gives birth to its first process. */
    private void give() {
        Situation situation = Situation.of(request, config, folder, groups, state);
        try (situation) {
            LaunchProgram program = environment.change().apply(situation.program());
            folder.writeSteps(program);
            Descriptor[] ends = Kernel.socketPair();
            List<Descriptor> passed = new ArrayList<>();
            passed.add(ends[1]);
            passed.addAll(situation.passed());
            Launch launch;
            try {
                launch = new Launcher(folder.path()).start(program, ARGUMENTS, passed);
            } catch (RuntimeException e) {
                ends[0].close();
                throw e;
            } finally {
                ends[1].close();
            }
            try (Talk talk = new Talk(program, ends[0], launch.takeStatus())) {
                attend(talk, launch.pid());
            }
        }
    }

    private void attend(Talk talk, long starter) {
        try {
            while (true) {
                switch (talk.next()) {
                    case USER_NAMESPACE ->
                        IdMaps.write(
                                starter,
                                config.linux().uidMappings(),
                                config.linux().gidMappings());
                    case NAMESPACES -> {
                        known(talk.pid());
                        Kernel.reap(starter);
                        groups.joined();
                        prepareOutside();
                    }
                    case MOUNTED -> hooksInside(talk);
                    case LISTENER -> giveListener();
                    case READY -> {
                        ready();
                        talk.goOn();
                        return;
                    }
                }
                talk.goOn();
            }
        } finally {
            if (process.isEmpty()) {
                end(talk, starter);
            }
        }
    }

    /** The starter may wait for an answer that nobody gives any more. */
    private static void end(Talk talk, long starter) {
        Kernel.process(starter).ifPresent(waiting -> {
            try (waiting) {
                Kernel.signal(waiting, Kernel.SIGKILL);
                Kernel.reap(waiting);
            }
        });
        talk.end();
    }

    private void known(long pid) {
        process = Kernel.process(pid);
        state = state.withProcess(pid, Processes.startTime(pid));
        folder.writeDraft(state);
    }

    private void prepareOutside() {
        config.process().ifPresent(process -> StandardStreams.give(process, config.linux()));
        NetworkDevices.move(config.linux(), state.pid());
        hooks(config.hooks().prestart(), "created", false); // what those hooks have always been told
        hooks(config.hooks().createRuntime(), "creating", false);
    }

    private void hooksInside(Talk talk) {
        try {
            hooks(config.hooks().createContainer(), "creating", true);
        } catch (SystemCallException e) {
            throw talk.reason(e); // the container's process may have ended meanwhile
        }
    }

    private void hooks(List<Hooks.Hook> hooks, String status, boolean inside) {
        if (!hooks.isEmpty()) {
            HookRunner runner = new HookRunner(environment, folder, config, state);
            hooks.forEach(hook -> {
                if (inside) {
                    runner.runBefore(hook, status, process.orElseThrow());
                } else {
                    runner.run(hook, status);
                }
            });
        }
    }

    private void giveListener() {
        Seccomp seccomp = config.linux().seccomp().orElseThrow();
        try (Descriptor listener =
                Kernel.take(process.orElseThrow(), BundleDescriptors.LISTENER, "the filter's listener")) {
            SeccompListener.give(seccomp, state, "creating", state.pid(), listener);
        }
    }

    private void ready() {
        if (config.process().map(OciProcess::terminal).orElse(false)) {
            takeTerminal();
        }
        request.pidFile().ifPresent(file -> StateFolder.replace(file, Long.toString(state.pid())));
        request.pidDescriptorSocket()
                .ifPresent(socket -> Kernel.sendProcess(socket, "standard", process.orElseThrow()));
        folder.write(state);
    }

    private void takeTerminal() {
        Terminal taken =
                new Terminal(Kernel.take(process.orElseThrow(), BundleDescriptors.TERMINAL, "the terminal's master"));
        if (request.consoleSocket().isPresent()) {
            try (taken) {
                taken.sendTo(request.consoleSocket().get(), "/dev/ptmx");
            }
        } else {
            terminal = Optional.of(taken);
        }
    }

    /** Each part even where another fails; what fails is only said. */
    private void undo() {
        process.ifPresent(descriptor -> attempt(() -> {
            Kernel.signal(descriptor, Kernel.SIGKILL);
            Kernel.reap(descriptor);
            descriptor.close();
        }));
        terminal.ifPresent(Terminal::close);
        attempt(groups::killAll);
        attempt(() -> new HookRunner(environment, folder, config, state).poststop());
        attempt(groups::delete);
    }

    private void attempt(Runnable part) {
        try {
            part.run();
        } catch (RuntimeException e) {
            warn.accept(String.valueOf(e.getMessage()));
        }
    }
}
