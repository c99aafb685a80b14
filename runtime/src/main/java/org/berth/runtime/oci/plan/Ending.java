package org.berth.runtime.oci.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/** The last steps before the program runs, and where a failed step is reported. */
final class Ending {
    private static final int SIGNAL_SET_SIZE = 8;
    private static final int FIRST = 3;

    private final Script script;
    private final Datum report;

    Ending(Script script) {
        this.script = script;
        this.report = script.builder().structure("report to", new Datum.Word(Launcher.STATUS_DESCRIPTOR));
    }

    /** Failures are told on a copy of the status pipe from now on. */
    void keepStatus(int copy) {
        script.call(
                "keep the status pipe",
                Call.DUP3,
                Operand.number(Launcher.STATUS_DESCRIPTOR),
                Operand.number(copy),
                Flags.CLOSE_ON_EXEC);
    }

    /**
     * After the talk: the descriptors to preserve take their places, all others go at the exec.
     *
     * @param first the first of those passed to be preserved
     * @param results where failures are told from now on
     */
    void leave(int first, int preserved, int results) {
        script.builder().set("report failures elsewhere", report.start(), results);
        script.call("close the status pipe", Call.CLOSE, Operand.number(Launcher.STATUS_DESCRIPTOR));
        for (int i = 0; i < preserved; i++) {
            script.call(
                    "preserve descriptor " + (FIRST + i),
                    Call.DUP3,
                    Operand.number(first + (long) i),
                    Operand.number(FIRST + (long) i),
                    Flags.NONE);
        }
        closeAbove(FIRST + preserved);
    }

    /** All but the standard streams goes at the exec. */
    void closeAll() {
        closeAbove(FIRST);
    }

    private void closeAbove(int first) {
        script.call(
                "close all else at the exec",
                Call.CLOSE_RANGE,
                Operand.number(first),
                Operand.named("~0", 0xffffffffL),
                Operand.named("CLOSE_RANGE_CLOEXEC", 4));
    }

    /** Signals' actions are the default already; this ends their blocking. */
    void unblockSignals() {
        Datum none = script.builder().structure("no signals", new Datum.LongWord(0));
        script.call(
                "unblock signals",
                Call.RT_SIGPROCMASK,
                Operand.named("SIG_SETMASK", 2),
                Operand.address(none),
                Flags.NONE,
                Operand.number(SIGNAL_SET_SIZE));
    }

    /** Waits for {@code start}. */
    void await() {
        Datum byteRead = script.slot("start");
        script.call(
                        "wait for start",
                        Call.READ,
                        Operand.number(BundleDescriptors.WAIT),
                        Operand.address(byteRead),
                        Operand.number(1))
                .failOnZero();
    }

    /** Where a failed step goes on. */
    void reportFailure() {
        script.builder().place(script.builder().failure());
        script.call(
                        "report the failed step",
                        Call.WRITE,
                        Operand.value(report),
                        Operand.address(script.builder().status()),
                        Operand.number(2 * Integer.BYTES))
                .ignoreNegative();
        script.call("end", Call.EXIT_GROUP, Operand.number(1));
    }
}
