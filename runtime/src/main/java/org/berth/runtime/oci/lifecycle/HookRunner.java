package org.berth.runtime.oci.lifecycle;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.oci.config.Hooks.Hook;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.oci.config.OciConfig;

/** Runs a container's hooks, one after another, each with the container's state as its input. */
final class HookRunner {
    private static final List<String> ARGUMENTS = List.of("berth");
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
        run(hook, status, HookProgram.outside(hook, state.bundle()), List.of());
    }

    /** Runs one in the container's namespaces. */
    void runInside(Hook hook, String status, Descriptor process) {
        run(hook, status, HookProgram.inside(hook, namespaces(config.linux())), List.of(process));
    }

    private static long namespaces(LinuxPart linux) {
        long flags = 0;
        for (Namespace namespace : linux.namespaces()) {
            flags |= namespace.kind().flag();
        }
        return flags;
    }

    /** A failure is only warned of: the container goes on, or is gone. */
    void poststart() {
        forgiving(config.hooks().poststart(), "running");
    }

    /** As {@link #poststart()}. */
    void poststop() {
        forgiving(config.hooks().poststop(), "stopped");
    }

    private void forgiving(List<Hook> hooks, String status) {
        for (Hook hook : hooks) {
            try {
                run(hook, status);
            } catch (RuntimeException e) {
                environment.warn().accept(String.valueOf(e.getMessage()));
            }
        }
    }

    private void run(Hook hook, String status, LaunchProgram program, List<Descriptor> more) {
        Descriptor[] input = Kernel.socketPair();
        try (Descriptor ours = input[0]) {
            List<Descriptor> passed = new ArrayList<>();
            passed.add(input[1]);
            passed.addAll(more);
            Launch launch;
            try (Descriptor theirs = input[1]) {
                launch = new Launcher(folder).start(program, ARGUMENTS, passed);
            }
            try (Talk talk = new Talk(program, ours, launch.takeStatus())) {
                long pid = talk.awaitExecution(launch.pid());
                Kernel.write(ours, state.forHooks(status).getBytes(StandardCharsets.UTF_8));
                ours.close();
                await(hook, pid);
            } finally {
                Kernel.reap(launch.pid()); // the hook, or who cloned it; nobody when it was waited for already
            }
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
                        ErrorCode.FAILED, "hook " + hook.path() + ": it ended with code " + code.getAsInt());
            }
        }
    }
}
