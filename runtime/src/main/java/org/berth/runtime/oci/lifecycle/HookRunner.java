package org.berth.runtime.oci.lifecycle;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.plan.BundleDescriptors;
import org.berth.runtime.oci.plan.BundlePlacement;
import org.berth.runtime.oci.plan.BundlePlacement.Filter;
import org.berth.runtime.oci.plan.HookPlan;
import org.berth.runtime.plan.Placement;

/** Runs a container's hooks, one after another, each with the container's state as its input. */
final class HookRunner {
    private static final List<String> ARGUMENTS = List.of("berth");
    private static final int STANDARD_OUTPUT = 1;
    private static final long NANOS = 1_000_000_000L;

    private final Environment environment;
    private final StateFolder folder;
    private final OciConfig config;
    private final ContainerState state;

    HookRunner(Environment environment, StateFolder folder, OciConfig config, ContainerState state) {
        this.environment = environment;
        this.folder = folder;
        this.config = config;
        this.state = state;
    }

    /** Runs one in the runtime's namespaces. @throws BerthException FAILED when it does not end with 0 */
    void run(Hook hook, String status) {
        Hook given = withEnvironment(hook);
        LaunchProgram program = HookProgram.outside(given, state.bundle());
        run(given, status, program, false, input -> List.of(input));
    }

    /** Runs one in the container's namespaces, before its root is entered. */
    void runBefore(Hook hook, String status, Descriptor process) {
        Hook given = withEnvironment(hook);
        LaunchProgram program = HookPlan.before(config.linux(), given, state.bundle(), state.root());
        runInside(given, status, process, program, false);
    }

    /** Runs one in the container, with the rights of the container's process. */
    void runInside(Hook hook, String status, Descriptor process) {
        Hook given = withEnvironment(hook);
        OciProcess rights = config.process().orElseThrow();
        List<Placement.Group> groups = Groups.of(state).map(Groups::placement).orElse(List.of());
        BundlePlacement placement = Situation.joining(folder, state, config, rights, groups, 0);
        boolean listens = placement.filter().filter(Filter::notifies).isPresent();
        runInside(given, status, process, HookPlan.of(config, rights, given, placement), listens);
    }

    private void runInside(Hook given, String status, Descriptor process, LaunchProgram program, boolean listens) {
        long root = Kernel.open(Path.of("/proc/" + state.pid() + "/root"), Kernel.O_PATH);
        if (root < 0) {
            throw new SystemCallException("open the container's root", (int) -root);
        }
        try (Descriptor opened = new Descriptor((int) root)) {
            Descriptor output = new Descriptor(STANDARD_OUTPUT);
            run(given, status, program, listens, input -> List.of(opened, process, input, output));
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

    /**
     * @param listens whether its filter has a listener, to be given to who answers for it
     * @param passed the program's descriptors, by the hook's standard input
     */
    private void run(
            Hook hook,
            String status,
            LaunchProgram program,
            boolean listens,
            Function<Descriptor, List<Descriptor>> passed) {
        Descriptor[] input = Kernel.socketPair();
        try (Descriptor ours = input[0]) {
            Launch launch;
            try (Descriptor theirs = input[1]) {
                launch = new Launcher(folder.path()).start(program, ARGUMENTS, passed.apply(theirs));
            }
            try (Talk talk = new Talk(program, ours, launch.takeStatus())) {
                long pid = execute(talk, launch.pid(), listens ? Optional.of(status) : Optional.empty());
                await(hook, pid, ours, state.forHooks(status).getBytes(StandardCharsets.UTF_8));
            } finally {
                Kernel.reap(launch.pid()); // the hook, or who cloned it; nobody when it was waited for already
            }
        }
    }

    /**
     * One that was cloned but can't be executed would keep its pid namespace from ending.
     *
     * @param listening the container's status, where it loads a filter with a listener
     */
    private long execute(Talk talk, long spawned, Optional<String> listening) {
        try {
            listening.ifPresent(status -> giveListener(talk, status));
            return talk.awaitExecution(spawned);
        } catch (RuntimeException e) {
            talk.end();
            throw e;
        }
    }

    private void giveListener(Talk talk, String status) {
        talk.next(); // it says nothing else
        long pid = talk.pid();
        try (Descriptor process = Kernel.process(pid).orElseThrow();
                Descriptor listener = Kernel.take(process, BundleDescriptors.LISTENER, "the filter's listener")) {
            SeccompListener.give(config.linux().seccomp().orElseThrow(), state, status, pid, listener);
        }
        talk.goOn();
    }

    /** Gives it its input, which it need not read, and waits for its end. @return whether it ended in time */
    private static boolean attend(Descriptor process, Descriptor input, byte[] text, long limit) {
        long begin = System.nanoTime();
        int given = 0;
        while (given < text.length) {
            OptionalInt ready = Kernel.pollToWrite(left(limit, begin), input, process);
            if (ready.isEmpty() || ready.getAsInt() == 1) {
                return ready.isPresent();
            }
            OptionalInt count = Kernel.sendAtOnce(input, text, given);
            given = count.isPresent() ? given + count.getAsInt() : text.length;
        }
        input.close();
        return Kernel.poll(left(limit, begin), process).isPresent();
    }

    private static long left(long limit, long begin) {
        return limit == Long.MAX_VALUE ? limit : limit - (System.nanoTime() - begin);
    }

    private static void await(Hook hook, long pid, Descriptor input, byte[] text) {
        try (Descriptor process = Kernel.process(pid).orElseThrow()) {
            long limit = hook.timeout().map(seconds -> seconds * NANOS).orElse(Long.MAX_VALUE);
            boolean ended = attend(process, input, text, limit);
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
