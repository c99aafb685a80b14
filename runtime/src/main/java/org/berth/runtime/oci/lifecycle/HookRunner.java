package org.berth.runtime.oci.lifecycle;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.oci.config.Hooks.Hook;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.plan.HookPlan;

/** Runs a container's hooks, one after another, each with the container's state as its input. */
final class HookRunner {
    private static final List<String> ARGUMENTS = List.of("berth");
    private static final int STANDARD_OUTPUT = 1;
    private static final long NANOS = 1_000_000_000L;

    private final Environment environment;
    private final Path folder;
    private final OciConfig config;
    private final ContainerState state;

    HookRunner(Environment environment, StateFolder folder, OciConfig config, ContainerState state) {
        this.environment = environment;
        this.folder = folder.path();
        this.config = config;
        this.state = state;
    }

    /** Runs one in the runtime's namespaces. @throws BerthException FAILED when it does not end with 0 */
    void run(Hook hook, String status) {
        Hook given = withEnvironment(hook);
        LaunchProgram program = HookProgram.outside(given, state.bundle());
        run(given, status, program, input -> List.of(input));
    }

    /** Runs one in the container's namespaces, before its root is entered. */
    void runBefore(Hook hook, String status, Descriptor process) {
        Hook given = withEnvironment(hook);
        runInside(given, status, process, HookPlan.before(config.linux(), given, state.bundle(), state.root()));
    }

    /** Runs one in the container. */
    void runInside(Hook hook, String status, Descriptor process) {
        Hook given = withEnvironment(hook);
        runInside(given, status, process, HookPlan.of(config.linux(), given));
    }

    private void runInside(Hook given, String status, Descriptor process, LaunchProgram program) {
        long root = Kernel.open(Path.of("/proc/" + state.pid() + "/root"), Kernel.O_PATH);
        if (root < 0) {
            throw new SystemCallException("open the container's root", (int) -root);
        }
        try (Descriptor opened = new Descriptor((int) root)) {
            run(given, status, program, input -> List.of(opened, process, input, new Descriptor(STANDARD_OUTPUT)));
        }
    }

    /** A hook that is given none gets the runtime's, as from other runtimes. */
    private static Hook withEnvironment(Hook hook) {
        if (!hook.environment().isEmpty()) {
            return hook;
        }
        List<String> inherited = new ArrayList<>();
        System.getenv().forEach((name, value) -> inherited.add(name + "=" + value));
        return new Hook(hook.path(), hook.arguments(), inherited, hook.timeout());
    }

    /** A failure ends the container (runtime.md of 1.3, "Lifecycle", step 9). */
    void poststart() {
        config.hooks().poststart().forEach(hook -> run(hook, "running"));
    }

    /** A failure is only warned of: the container is gone. */
    void poststop() {
        for (Hook hook : config.hooks().poststop()) {
            try {
                run(hook, "stopped");
            } catch (RuntimeException e) {
                environment.warn().accept("poststop " + e.getMessage());
            }
        }
    }

    /** @param passed the program's descriptors, by the hook's standard input */
    private void run(Hook hook, String status, LaunchProgram program, Function<Descriptor, List<Descriptor>> passed) {
        Descriptor[] input = Kernel.socketPair();
        try (Descriptor ours = input[0]) {
            Launch launch;
            try (Descriptor theirs = input[1]) {
                launch = new Launcher(folder).start(program, ARGUMENTS, passed.apply(theirs));
            }
            try (Talk talk = new Talk(program, ours, launch.takeStatus())) {
                long pid = execute(talk, launch.pid());
                Kernel.write(ours, state.forHooks(status).getBytes(StandardCharsets.UTF_8));
                ours.close();
                await(hook, pid);
            } finally {
                Kernel.reap(launch.pid()); // the hook, or who cloned it; nobody when it was waited for already
            }
        }
    }

    /** One that was cloned but can't be executed would keep its pid namespace from ending. */
    private static long execute(Talk talk, long spawned) {
        try {
            return talk.awaitExecution(spawned);
        } catch (RuntimeException e) {
            talk.end();
            throw e;
        }
    }

    private static void await(Hook hook, long pid) {
        try (Descriptor process = Kernel.process(pid).orElseThrow()) {
            long limit = hook.timeout().map(seconds -> seconds * NANOS).orElse(Long.MAX_VALUE);
            boolean ended = Kernel.poll(limit, process).isPresent();
            if (!ended) {
                Kernel.signal(process, Kernel.SIGKILL);
            }
            OptionalInt code = Kernel.reap(process);
            if (!ended) {
                throw new BerthException(
                        ErrorCode.TIMEOUT,
                        "hook " + hook.path() + ": it did not end within "
                                + hook.timeout().orElseThrow() + " s and was killed");
            }
            if (code.orElse(0) != 0) {
                throw new BerthException(
                        ErrorCode.FAILED, "hook failed with exit code " + code.getAsInt() + ": " + hook.path());
            }
        }
    }
}
