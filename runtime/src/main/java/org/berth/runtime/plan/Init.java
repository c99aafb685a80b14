package org.berth.runtime.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;

/**
 * Berth's own process 1, when a container asks for one: it reaps orphans, forwards signals to the
 * main process and ends with its exit code, or 128 and the signal's number.
 */
final class Init {
    private static final int SIGCHLD = 17;
    private static final int CLONE_ARGUMENTS_SIZE = 88;
    private static final int SIGNAL_INFO_SIZE = 128;
    private static final int CODE_OFFSET = 8;
    private static final int PID_OFFSET = 16;
    private static final int STATUS_OFFSET = 24;
    private static final int CLD_EXITED = 1;
    private static final int SIGNALLED = 128;

    private final Script script;
    private final Datum main;

    Init(Script script) {
        this.script = script;
        this.main = script.slot("main process");
    }

    /** Clones the main process, which goes on at {@code mainProcess}; init itself goes on here. */
    void cloneMain(Mark mainProcess) {
        Datum arguments = script.builder()
                .structure(
                        "clone arguments of init",
                        new Datum.LongWord(Flags.CLONE_VM | Flags.CLONE_VFORK),
                        new Datum.Space(24),
                        new Datum.LongWord(Flags.SIGCHLD),
                        new Datum.Space(CLONE_ARGUMENTS_SIZE - 40));
        script.call(
                        "clone the main process",
                        Call.CLONE3,
                        Operand.address(arguments),
                        Operand.number(CLONE_ARGUMENTS_SIZE))
                .into(main)
                .jump(Jump.ON_ZERO, mainProcess);
        script.call("name it init", Call.PRCTL, Operand.named("PR_SET_NAME", 15), script.text("init"));
        // init never executes anything, so nothing is closed for it; the status pipe must end
        script.call(
                "close all descriptors", Call.CLOSE_RANGE, Flags.NONE, Operand.named("~0", 0xffffffffL), Flags.NONE);
    }

    /** Writes the loop. */
    void write() {
        Mark wait = script.builder().mark("init");
        Mark reap = script.builder().mark("reap");
        Mark ended = script.builder().mark("main process ended");
        Datum signal = script.slot("signal");
        Datum every = script.builder().structure("every signal", new Datum.LongWord(-1));

        script.builder().place(wait);
        script.call(
                        "wait for a signal",
                        Call.RT_SIGTIMEDWAIT,
                        Operand.address(every),
                        Flags.NONE,
                        Flags.NONE,
                        Monitor.signalSetSize())
                .into(signal)
                .jump(Jump.ON_NEGATIVE, wait);
        script.builder()
                .compare("is it a child's end", Operand.value(signal), Operand.named("SIGCHLD", SIGCHLD))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, reap);
        script.call("forward the signal", Call.KILL, Operand.value(main), Operand.value(signal))
                .ignoreNegative();
        script.builder().jump(wait);

        script.builder().place(reap);
        Datum child = script.builder().space("ended child", SIGNAL_INFO_SIZE);
        script.builder().set("no child yet", child.at(PID_OFFSET), 0);
        script.call(
                        "reap a child",
                        Call.WAITID,
                        Operand.named("P_ALL", 0),
                        Flags.NONE,
                        Operand.address(child),
                        Operand.named("WNOHANG|WEXITED|__WALL", 0x40000005),
                        Flags.NONE)
                .jump(Jump.ON_NEGATIVE, wait);
        script.call("is there none", Call.COMPUTE, Operand.value(child.at(PID_OFFSET)))
                .jump(Jump.ON_ZERO, wait);
        script.builder()
                .compare("is it the main process", Operand.value(child.at(PID_OFFSET)), Operand.value(main))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, ended);
        script.builder().jump(reap);

        script.builder().place(ended);
        end(child);
    }

    private void end(Datum child) {
        Mark exited = script.builder().mark("main process exited");
        Datum code = script.slot("exit code");
        Operand status = Operand.value(child.at(STATUS_OFFSET));
        script.call("its exit code", Call.COMPUTE, status).into(code).ignoreNegative();
        script.builder()
                .compare("did it exit", Operand.value(child.at(CODE_OFFSET)), Operand.named("CLD_EXITED", CLD_EXITED))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, exited);
        script.call("a signal ended it", Call.COMPUTE, status, Flags.NONE, Operand.number(SIGNALLED))
                .into(code);
        script.builder().place(exited);
        script.call("end with its code", Call.EXIT_GROUP, Operand.value(code));
    }
}
