package org.berth.runtime.oci.lifecycle;

import java.util.List;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.Hooks.Hook;

/**
 * The birth of a hook in the runtime's namespaces: a process with the container's state as its standard
 * input. What it writes goes where the runtime's goes. Those in the container's namespaces are
 * {@link org.berth.runtime.oci.plan.HookPlan}'s.
 */
final class HookProgram {
    /** Passed first: its standard input. */
    private static final int INPUT = Launcher.FIRST_PASSED_DESCRIPTOR;

    private static final Operand NONE = Operand.number(0);
    private static final Operand STATUS = Operand.number(Launcher.STATUS_DESCRIPTOR);

    private final LaunchBuilder builder = LaunchProgram.builder();
    private final Hook hook;
    private final String label;

    private HookProgram(Hook hook) {
        this.hook = hook;
        this.label = "run the hook " + hook.path();
    }

    /** In the bundle's folder. */
    static LaunchProgram outside(Hook hook, String bundle) {
        HookProgram program = new HookProgram(hook);
        program.takeInput();
        program.builder.call(program.label + " in " + bundle, Call.CHDIR, program.builder.text(bundle));
        return program.execute();
    }

    private void takeInput() {
        builder.call(label, Call.DUP3, Operand.number(INPUT), NONE, NONE);
    }

    private LaunchProgram execute() {
        builder.call(
                label,
                Call.CLOSE_RANGE,
                STATUS,
                Operand.named("~0", 0xffffffffL),
                Operand.named("CLOSE_RANGE_CLOEXEC", 4));
        Datum none = builder.space("no signals", 8);
        builder.call(
                label,
                Call.RT_SIGPROCMASK,
                Operand.named("SIG_SETMASK", 2),
                Operand.address(none),
                NONE,
                Operand.number(none.size()));
        List<String> arguments = hook.arguments().isEmpty() ? List.of(hook.path()) : hook.arguments();
        builder.call(
                label,
                Call.EXECVE,
                builder.text(hook.path()),
                Operand.address(builder.textList("arguments", arguments)),
                Operand.address(builder.textList("environment", hook.environment())));
        builder.place(builder.failure());
        builder.call("report the failed step", Call.WRITE, STATUS, Operand.address(builder.status()), Operand.number(8))
                .ignoreNegative();
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        return builder.build();
    }
}
