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
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.plan.Execution;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;

/**
 * A hook that runs in the container's namespaces: createContainer as their root, startContainer as the
 * container's process, whose image it is of. Its path is found from the root of the container's first
 * process: that is the host's tree until the root is entered, and the container's after, as the
 * specification wants for either.
 *
 * <p>Passed to it: {@code /proc/PID/root} of that process, opened by the runtime (O_PATH); its pidfd;
 * standard input, which is where it says {@link SyncMessage#LISTENER}; standard output, for errors too. The
 * process is the runtime's child; its id comes on the status pipe, which ends when the hook executes.
 */
public final class HookPlan {
    private static final int ROOT = Launcher.FIRST_PASSED_DESCRIPTOR;
    private static final int PROCESS = ROOT + 1;
    private static final int INPUT = ROOT + 2;
    private static final int OUTPUT = ROOT + 3;
    private static final int PASSED = 4;

    private static final long MS_SHARED = 0x100000;

    private final Script script = new Script(LaunchProgram.builder());
    private final Talk talk = new Talk(script);
    private final Ending ending = new Ending(script);
    private final LinuxPart linux;
    private final Hook hook;
    private final String label;
    private final Starter starter;

    private HookPlan(LinuxPart linux, Hook hook) {
        this.linux = linux;
        this.hook = hook;
        this.label = "run the hook " + hook.path();
        this.starter = new Starter(script, talk, linux);
    }

    /**
     * The program of one in the container's own root. The container's image supplies what runs there, so it
     * has no more rights than the container's process: its groups, limits, labels, ids, capabilities, filter.
     *
     * @param process whose rights they are
     * @param placement as for one more process of the container
     */
    public static LaunchProgram of(OciConfig config, OciProcess process, Hook hook, BundlePlacement placement) {
        return new HookPlan(config.linux(), hook).inside(config, process, placement);
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
        return new HookPlan(linux, hook).before(folder, shows ? Optional.of(place) : Optional.empty());
    }

    private LaunchProgram before(String folder, Optional<String> place) {
        isolate();
        enter();
        root(folder, place);
        streams();
        ending.unblockSignals();
        return execute();
    }

    private LaunchProgram inside(OciConfig config, OciProcess process, BundlePlacement placement) {
        Settings settings = new Settings(script);
        Rights rights = new Rights(script, process, placement.lastCapability());
        isolate();
        starter.joinGroups(placement.groups());
        if (placement.privileged() && linux.has(Namespace.Kind.USER)) {
            rights.raiseLimits();
        }
        Optional<Datum> files = settings.labelsFiles(process);
        enter();
        files.ifPresent(proc -> settings.label(proc, process));
        root("/", Optional.empty());
        talk.moved(INPUT);
        streams();
        rights.limit();
        boolean keepsAdmin = placement.filter().isPresent() && !process.noNewPrivileges();
        rights.become(placement.setsGroups() && !BundlePlan.keepsGroups(config), keepsAdmin);
        ending.unblockSignals();
        rights.filter(placement.filter(), keepsAdmin, talk);
        return execute();
    }

    private void isolate() {
        starter.isolate(PASSED);
        Privileges.hideMemory(script);
    }

    private void enter() {
        starter.join(PROCESS);
        starter.cloneProcess(0);
        script.call("lead a session", Call.SETSID);
    }

    private void root(String folder, Optional<String> place) {
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
    }

    private void streams() {
        for (int number = 0; number <= 2; number++) {
            int source = number == 0 ? INPUT : OUTPUT;
            script.call(label, Call.DUP3, Operand.number(source), Operand.number(number), Flags.NONE);
        }
        ending.closeAll();
    }

    private LaunchProgram execute() {
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
