package org.berth.runtime.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;

/**
 * The process that stands between the daemon and a container's process: it clones it, pumps its
 * output, records its exit, and ends. It outlives the daemon.
 *
 * <p>It writes into its folder: {@code monitor}, its own /proc/self/stat (for the start time), and
 * {@code exit}, empty until the process has ended, then siginfo_t (128 bytes) and timespec (16).
 */
final class Monitor {
    private static final int STAT_SIZE = 1024;
    private static final int SIGNAL_INFO_SIZE = 128;
    private static final int TIME_SIZE = 16;
    private static final int CLONE_ARGUMENTS_SIZE = 88;
    private static final int CGROUP_OFFSET = 80;
    private static final int SIGNAL_SET_SIZE = 8;
    private static final Operand STATUS = Operand.number(Launcher.STATUS_DESCRIPTOR);

    private final Script script;
    private final Placement placement;
    private final Datum pid;
    private final Datum processDescriptor;
    private final Mark child;
    private final Datum exit;
    private boolean keepsStatus;

    /**
     * Writes what comes before the clone.
     *
     * @param passed how many descriptors are passed to the program
     */
    Monitor(Script script, Placement placement, int passed) {
        this.script = script;
        this.placement = placement;
        this.pid = script.slot("pid");
        this.processDescriptor = script.slot("pidfd");
        this.child = script.builder().mark("process");
        isolate(passed);
        leaveStreams();
        recordItself();
        this.exit = script.open(
                "make the exit record", placement.folder().resolve("exit").toString(), Flags.CREATE);
    }

    /** Nothing of the daemon stays with the monitor: no descriptor, no folder, no right to look into it. */
    private void isolate(int passed) {
        Operand first = Operand.number(Launcher.FIRST_PASSED_DESCRIPTOR + passed);
        script.call(
                "close the daemon's descriptors",
                Call.CLOSE_RANGE,
                first,
                Operand.named("~0", 0xffffffffL),
                Flags.NONE);
        script.call(
                "name the monitor", Call.PRCTL, Operand.named("PR_SET_NAME", 15), script.text(placement.monitorName()));
        Privileges.hideMemory(script);
        script.call("leave the daemon's folder", Call.CHDIR, script.text("/"));
    }

    private void leaveStreams() {
        Datum nothing = script.open("open /dev/null", "/dev/null", Flags.READ_WRITE);
        for (int number = 0; number <= 2; number++) {
            script.call(
                    "leave the daemon's streams",
                    Call.DUP3,
                    Operand.value(nothing),
                    Operand.number(number),
                    Flags.NONE);
        }
    }

    private void recordItself() {
        Datum buffer = script.builder().space("stat", STAT_SIZE);
        Datum size = script.slot("stat size");
        Datum source = script.open("read the monitor's start time", "/proc/self/stat", Flags.READ);
        script.call(
                        "read the monitor's start time",
                        Call.READ,
                        Operand.value(source),
                        Operand.address(buffer),
                        Operand.number(STAT_SIZE))
                .into(size);
        script.close(source);
        String path = placement.folder().resolve("monitor").toString();
        Datum record = script.open("record the monitor", path, Flags.CREATE);
        script.call(
                "record the monitor", Call.WRITE, Operand.value(record), Operand.address(buffer), Operand.value(size));
        script.close(record);
    }

    /**
     * Clones the process; it goes on at the mark {@link #child}. It is born in its v2 control group:
     * no later move, which would take a machine-wide lock.
     */
    void cloneProcess(long namespaces, boolean sharesMemory) {
        cloneInGroup("clone the process", namespaces | Flags.CLONE_PIDFD, sharesMemory, pid, child);
    }

    /**
     * Clones a helper, which goes on at {@code start}: it joins the container's user namespace and clones the process
     * there, as a child of this monitor's, which stays outside. It is born in the process's v2 control group.
     */
    void cloneHelper(Mark start) {
        Datum helper = script.slot("helper");
        cloneInGroup("clone a helper", 0, true, helper, start);
        script.call(
                        "let go of the helper",
                        Call.WAITID,
                        Operand.named("P_PID", 1),
                        Operand.value(helper),
                        Flags.NONE,
                        Operand.named("WEXITED|__WALL", 0x40000004),
                        Flags.NONE)
                .ignoreNegative();
        script.call("the process was not cloned", Call.COMPUTE, Operand.value(pid))
                .failOnZero();
        script.call("open the process", Call.PIDFD_OPEN, Operand.value(pid), Flags.NONE)
                .into(processDescriptor);
    }

    /** In the helper: clones the process, which goes on at the mark {@link #child}, and ends. */
    void cloneProcessAsSibling(long namespaces, boolean sharesMemory) {
        long sharing = sharesMemory ? Flags.CLONE_VM | Flags.CLONE_VFORK : 0;
        Datum arguments = script.builder()
                .structure(
                        "clone arguments",
                        new Datum.LongWord(namespaces | sharing | Flags.CLONE_PARENT),
                        new Datum.Space(CLONE_ARGUMENTS_SIZE - 8));
        script.call("clone the process", Call.CLONE3, Operand.address(arguments), Operand.number(CLONE_ARGUMENTS_SIZE))
                .into(pid)
                .jump(Jump.ON_ZERO, child);
        script.call("end the helper", Call.EXIT_GROUP, Flags.NONE);
    }

    private void cloneInGroup(String label, long flags, boolean sharesMemory, Datum id, Mark start) {
        long sharing = sharesMemory ? Flags.CLONE_VM | Flags.CLONE_VFORK : 0;
        Optional<Placement.Group> group =
                placement.cgroups().stream().filter(Placement.Group::unified).findFirst();
        long intoGroup = group.isPresent() ? Flags.CLONE_INTO_CGROUP : 0;
        Datum arguments = script.builder()
                .structure(
                        "clone arguments",
                        new Datum.LongWord(flags | sharing | intoGroup),
                        new Datum.Pointer(processDescriptor.start()),
                        new Datum.Space(16),
                        new Datum.LongWord(Flags.SIGCHLD),
                        new Datum.Space(CLONE_ARGUMENTS_SIZE - 40));
        group.ifPresent(unified -> {
            Datum folder = script.open("open its cgroup", unified.folder().toString(), Flags.FOLDER);
            script.call("name its cgroup", Call.COMPUTE, Operand.value(folder)).into(arguments.at(CGROUP_OFFSET));
        });
        script.call(label, Call.CLONE3, Operand.address(arguments), Operand.number(CLONE_ARGUMENTS_SIZE))
                .into(id)
                .jump(Jump.ON_ZERO, start);
    }

    /** The slot of the process's id. */
    Datum pid() {
        return pid;
    }

    /** Where the cloned process goes on. */
    Mark child() {
        return child;
    }

    /**
     * Tells the daemon the process's id, and keeps the process's descriptor at a known number.
     *
     * @param executes whether the process executes its program already, as one that shared memory does
     */
    void report(boolean executes) {
        keepsStatus = executes;
        script.call(
                "hold the process",
                Call.DUP3,
                Operand.value(processDescriptor),
                Operand.named("PROCESS", Descriptors.PROCESS),
                Flags.CLOSE_ON_EXEC);
        Datum message = script.builder()
                .structure("started", new Datum.Word(executes ? Launch.EXECUTED : Launch.STARTED), new Datum.Space(4));
        script.call("take the process's id", Call.COMPUTE, Operand.value(pid)).into(message.at(4));
        script.call("report the process", Call.WRITE, STATUS, Operand.address(message), Operand.number(8))
                .ignoreNegative();
        if (!executes) {
            closeStatus();
        }
    }

    private void closeStatus() {
        script.call("close the status pipe", Call.CLOSE, STATUS).ignoreNegative();
    }

    /**
     * Keeps the process's mounts for as long as the monitor runs. Else its end would wait until all are
     * unmounted, and the end of an overlay until the whole file system below it is written to the disk
     * (ovl_sync_fs). Where it can't be done (before 6.11, or the process has ended), the end waits.
     */
    void keepMounts() {
        script.call(
                        "keep the process's mounts",
                        Call.IOCTL,
                        Operand.value(processDescriptor),
                        Operand.named("PIDFD_GET_MNT_NAMESPACE", 0xff03),
                        Flags.NONE)
                .ignoreNegative();
    }

    Datum processDescriptor() {
        return processDescriptor;
    }

    /** Waits for the process, writes how it ended, and ends. */
    void recordExit() {
        Datum record = script.builder().space("exit record", SIGNAL_INFO_SIZE + TIME_SIZE);
        script.call(
                        "wait for the process",
                        Call.WAITID,
                        Operand.named("P_PIDFD", 3),
                        Operand.value(processDescriptor),
                        Operand.address(record),
                        Operand.named("WEXITED|__WALL", 0x40000004),
                        Flags.NONE)
                .ignoreNegative();
        script.call(
                        "take the time",
                        Call.CLOCK_GETTIME,
                        Operand.named("CLOCK_REALTIME", 0),
                        new Operand.Address(record.at(SIGNAL_INFO_SIZE)))
                .ignoreNegative();
        script.call(
                        "record the exit",
                        Call.WRITE,
                        Operand.value(exit),
                        Operand.address(record),
                        Operand.number(record.size()))
                .ignoreNegative();
        if (keepsStatus) {
            closeStatus(); // which tells the daemon: the monitor's own end may take its time
        }
        script.call("end the monitor", Call.EXIT_GROUP, Flags.NONE);
    }

    /** Where a failed step goes on, in the monitor or in the process. */
    static void reportFailure(Script script) {
        LaunchBuilder builder = script.builder();
        builder.place(builder.failure());
        script.call("report the failed step", Call.WRITE, STATUS, Operand.address(builder.status()), Operand.number(8))
                .ignoreNegative();
        script.call("end", Call.EXIT_GROUP, Operand.number(1));
    }

    /** An endless wait that a signal from outside (SIGSTOP, SIGCONT) interrupts goes on at {@code again}. */
    static void waitForAny(Script script, List<Operand> arguments, Mark again, Datum result) {
        script.call("wait for output or the end", Call.PPOLL, arguments.toArray(Operand[]::new))
                .into(result)
                .tolerate(Errno.EINTR)
                .jump(Jump.ON_TOLERATED, again);
    }

    static Operand signalSetSize() {
        return Operand.number(SIGNAL_SET_SIZE);
    }
}
