package org.berth.runtime.oci.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.Hooks.Hook;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.plan.Execution;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;

/**
 * A hook that runs in the container's namespaces, as their root: createContainer and startContainer.
 * Its path is found from the root of the container's first process: that is the host's tree until
 * the root is entered, and the container's after, as the specification wants for either.
 *
 * <p>Passed to it: {@code /proc/PID/root} of that process, opened by the runtime (O_PATH); its pidfd;
 * standard input; standard output, for errors too. The process is the runtime's child; its id comes
 * on the status pipe, which ends when the hook executes.
 */
public final class HookPlan {
    private static final int ROOT = Launcher.FIRST_PASSED_DESCRIPTOR;
    private static final int PROCESS = ROOT + 1;
    private static final int INPUT = ROOT + 2;
    private static final int OUTPUT = ROOT + 3;

    private static final long MS_SHARED = 0x100000;

    private HookPlan() {}

    /** The program of one in the container's own root. @param linux of the container's configuration */
    public static LaunchProgram of(LinuxPart linux, Hook hook) {
        return of(linux, hook, "/", Optional.empty());
    }

    /**
     * The program of one before the container's root is entered. What is mounted in that is seen at its
     * place in the host's tree too, for as long as that tree is there.
     *
     * @param folder where it runs, as the host sees it
     * @param place where the host has the container's root
     */
    public static LaunchProgram before(LinuxPart linux, Hook hook, String folder, String place) {
        boolean showsOutside = (linux.rootfsPropagation() & MS_SHARED) != 0;
        boolean shows = linux.has(Namespace.Kind.MOUNT) && !showsOutside;
        return of(linux, hook, folder, shows ? Optional.of(place) : Optional.empty());
    }

    private static LaunchProgram of(LinuxPart linux, Hook hook, String folder, Optional<String> place) {
        Script script = new Script(LaunchProgram.builder());
        Starter starter = new Starter(script, new Talk(script), linux);
        Ending ending = new Ending(script);
        String label = "run the hook " + hook.path();
        starter.isolate(4);
        Privileges.hideMemory(script);
        starter.join(PROCESS);
        starter.cloneProcess(0);
        script.call("lead a session", Call.SETSID);
        Datum root = script.slot("root");
        place.ifPresent(path -> script.call(
                        label + ": copy the root", Call.OPEN_TREE, Flags.HERE, script.text("/"), Flags.COPY_ALL)
                .into(root));
        script.call(label, Call.FCHDIR, Operand.number(ROOT));
        script.call(label, Call.CHROOT, script.text("."));
        place.ifPresent(path -> script.call(
                label + ": show the root at " + path,
                Call.MOVE_MOUNT,
                Operand.value(root),
                script.text(""),
                Flags.HERE,
                script.text(path),
                Flags.MOVE_FROM));
        script.call(label + " in " + folder, Call.CHDIR, script.text(folder));
        for (int number = 0; number <= 2; number++) {
            int source = number == 0 ? INPUT : OUTPUT;
            script.call(label, Call.DUP3, Operand.number(source), Operand.number(number), Flags.NONE);
        }
        ending.closeAll();
        ending.unblockSignals();
        List<String> arguments = hook.arguments().isEmpty() ? List.of(hook.path()) : hook.arguments();
        script.call(
                Execution.LABEL + "\"" + hook.path() + "\"",
                Call.EXECVE,
                script.text(hook.path()),
                Operand.address(script.builder().textList("arguments", arguments)),
                Operand.address(script.builder().textList("environment", hook.environment())));
        ending.reportFailure();
        return script.builder().build();
    }
}
