package org.berth.runtime.oci.lifecycle;

import java.util.List;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.Hooks.Hook;

/**
 * The birth of a hook: a process with the container's state as its standard input, in the runtime's
 * namespaces or in the container's. What it writes goes where the runtime's goes.
 */
final class HookProgram {
    /** Passed first: its standard input. */
    private static final int INPUT = Launcher.FIRST_PASSED_DESCRIPTOR;

    /** Passed next: a pidfd of the container's first process. */
    private static final int PROCESS = INPUT + 1;

    private static final long CLONE_NEWPID = 0x20000000L;
    private static final long CLONE_NEWUSER = 0x10000000L;
    private static final long CLONE_PARENT = 0x8000;
    private static final int CLONE_ARGUMENTS_SIZE = 88;
    private static final Operand NONE = Operand.number(0);
    private static final Operand STATUS = Operand.number(Launcher.STATUS_DESCRIPTOR);

    private final LaunchBuilder builder = LaunchProgram.builder();
    private final Hook hook;
    private final String label;

    private HookProgram(Hook hook) {
        this.hook = hook;
        this.label = "run the hook " + hook.path();
    }

    /** In the runtime's namespaces, in the bundle's folder. */
    static LaunchProgram outside(Hook hook, String bundle) {
        HookProgram program = new HookProgram(hook);
        program.takeInput();
        program.builder.call(program.label + " in " + bundle, Call.CHDIR, program.builder.text(bundle));
        return program.execute();
    }

    /** In those of the container's namespaces that it does not share. @param namespaces CLONE_NEW* */
    static LaunchProgram inside(Hook hook, long namespaces) {
        HookProgram program = new HookProgram(hook);
        program.takeInput();
        program.join(namespaces);
        return program.execute();
    }

    private void takeInput() {
        builder.call(label, Call.DUP3, Operand.number(INPUT), NONE, NONE);
    }

    private void join(long namespaces) {
        if (namespaces == 0) {
            return;
        }
        // what is in the container must not look into this process before it is one of them
        builder.call(label, Call.PRCTL, Operand.named("PR_SET_DUMPABLE", 4), NONE);
        builder.call(
                label + " in the container's namespaces",
                Call.SETNS,
                Operand.number(PROCESS),
                Operand.number(namespaces));
        if ((namespaces & CLONE_NEWUSER) != 0) {
            builder.call(label + " as root", Call.SETRESGID, NONE, NONE, NONE);
            builder.call(label + " as root", Call.SETRESUID, NONE, NONE, NONE);
        }
        if ((namespaces & CLONE_NEWPID) != 0) {
            cloneIntoPidNamespace();
        }
    }

    private void cloneIntoPidNamespace() {
        Datum arguments = builder.structure(
                "clone arguments", new Datum.LongWord(CLONE_PARENT), new Datum.Space(CLONE_ARGUMENTS_SIZE - 8));
        Datum pid = builder.slot("pid");
        Mark child = builder.mark("child");
        builder.call(label, Call.CLONE3, Operand.address(arguments), Operand.number(CLONE_ARGUMENTS_SIZE))
                .into(pid)
                .jump(Jump.ON_ZERO, child);
        Datum message = builder.structure("started", new Datum.Word(Launch.STARTED), new Datum.Space(4));
        builder.call("take the hook's id", Call.COMPUTE, Operand.value(pid)).into(message.at(4));
        builder.call("report the hook", Call.WRITE, STATUS, Operand.address(message), Operand.number(message.size()));
        builder.call("end", Call.EXIT_GROUP, NONE);
        builder.place(child);
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
