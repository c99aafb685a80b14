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

    /**
     * The descriptors to preserve take their places, all others go at the exec; the talk and the status
     * pipe go on out of their way. It comes before the limit of open files, which may be below their new
     * numbers, and before the filter, which need not allow any of it: after that only reads, writes, a
     * close and the exec are made.
     *
     * @param first the first of those passed to be preserved
     */
    void leave(Talk talk, int first, int preserved) {
        keep("keep the status pipe", Launcher.STATUS_DESCRIPTOR, BundleDescriptors.STATUS);
        reportTo(BundleDescriptors.STATUS);
        keep("keep the talk", BundleDescriptors.SYNC, BundleDescriptors.TALK);
        talk.moved(BundleDescriptors.TALK);
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

    private void keep(String label, int number, int copy) {
        script.call(label, Call.DUP3, Operand.number(number), Operand.number(copy), Flags.CLOSE_ON_EXEC);
    }

    /** Where failures are told from now on. */
    void reportTo(int number) {
        script.builder().set("report failures elsewhere", report.start(), number);
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
