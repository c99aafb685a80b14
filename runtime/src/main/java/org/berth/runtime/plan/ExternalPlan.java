package org.berth.runtime.plan;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ProcessSpec;

/**
 * A monitor around another OCI runtime's command, {@code run} or {@code exec}, detached. The command leaves a
 * process behind and its id in a file; the monitor is what the kernel gives that process to as its parent
 * (PR_SET_CHILD_SUBREAPER, prctl(2)). From then on it is a monitor like any other.
 */
public final class ExternalPlan {
    /** The name of the file, in the process's folder, that takes the process's id. */
    public static final String PID_FILE = "pid";

    /** The name of the socket, in the process's folder, by which a terminal's master comes. */
    public static final String CONSOLE_SOCKET = "console";

    /** The name of the container's root in its folder; mounted in the command's own mount namespace only. */
    public static final String ROOT = "rootfs";

    /** How the label of the step begins that fails when the command did. */
    public static final String FAILED = "the runtime's command failed";

    private static final int AF_UNIX = 1;
    private static final int SIGNAL_INFO_SIZE = 128;
    private static final int STATUS_OFFSET = 24;
    private static final int SOCKET_ADDRESS_SIZE = 110;
    private static final int MESSAGE_BYTES_MAX = 4096;
    private static final int CONTROL_SIZE = 24;
    private static final int ECHILD = 10;
    private static final long MOMENT_NANOS = 1_000_000;
    private static final int LOOKS_MAX = 5000;
    private static final int PASSED_DESCRIPTOR_OFFSET = 16;

    private final Script script = new Script(LaunchProgram.builder());
    private final Placement placement;
    private final HostFacts host;

    private ExternalPlan(Placement placement, HostFacts host) {
        this.placement = placement;
        this.host = host;
    }

    /**
     * The program. It is passed its standard input, if there is one.
     *
     * @param command the runtime's, detached, with the files named above; its working folder is the process's
     * @param root what is mounted for it before; empty for an exec
     * @param terminal whether the command sends a terminal
     */
    public static LaunchProgram of(
            ProcessSpec command, Optional<RootFilesystem> root, boolean terminal, Placement placement, HostFacts host) {
        return new ExternalPlan(placement, host).write(command, root, terminal);
    }

    private LaunchProgram write(ProcessSpec command, Optional<RootFilesystem> root, boolean terminal) {
        Optional<Integer> input = placement.input() ? Optional.of(Launcher.FIRST_PASSED_DESCRIPTOR) : Optional.empty();
        Monitor monitor = new Monitor(script, placement, input.isPresent() ? 1 : 0);
        script.call(
                "adopt what the runtime leaves",
                Call.PRCTL,
                Operand.named("PR_SET_CHILD_SUBREAPER", 36),
                Operand.number(1));
        script.call(
                "enter the process's folder",
                Call.CHDIR,
                script.text(placement.folder().toString()));
        Optional<Datum> socket = terminal ? Optional.of(listen()) : Optional.empty();
        Streams streams = Streams.pipes(script);
        monitor.cloneProcess(root.isPresent() ? Flags.CLONE_NEWNS : 0, true);
        streams.closeInMonitor(input);
        awaitCommand(monitor);
        readProcess(monitor);
        List<Datum> sources = socket.map(
                        listening -> streams.withSource(receive(listening)).sources())
                .orElse(streams.sources());
        script.call("leave the process's folder", Call.CHDIR, script.text("/"));
        monitor.report(true);
        new Pump(script, placement, sources, monitor.processDescriptor()).write();
        monitor.recordExit();

        script.builder().place(monitor.child());
        Privileges.endWithMonitor(script);
        root.ifPresent(this::mount);
        streams.take(input, Streams.endedInput(script));
        script.call(
                "close all else at the exec",
                Call.CLOSE_RANGE,
                Operand.number(3),
                Operand.named("~0", 0xffffffffL),
                Operand.named("CLOSE_RANGE_CLOEXEC", 4));
        new Execution(script).write(command);
        Monitor.reportFailure(script);
        return script.builder().build();
    }

    /** The root shows in the mount namespace of the command, which the container's is made of, and nowhere else. */
    private void mount(RootFilesystem root) {
        Root roots = new Root(script);
        roots.makePrivate();
        Datum overlay = roots.overlay(root, host);
        Path target = placement.folder().resolve(ROOT);
        script.call(
                "mount the root",
                Call.MOVE_MOUNT,
                Operand.value(overlay),
                script.text(""),
                Flags.HERE,
                script.text(target.toString()),
                Flags.MOVE_FROM);
    }

    private void awaitCommand(Monitor monitor) {
        Datum ended = script.builder().space("how the command ended", SIGNAL_INFO_SIZE);
        Mark succeeded = script.builder().mark("the command succeeded");
        script.call(
                "wait for the runtime's command",
                Call.WAITID,
                Operand.named("P_PIDFD", 3),
                Operand.value(monitor.processDescriptor()),
                Operand.address(ended),
                Operand.named("WEXITED|__WALL", 0x40000004),
                Flags.NONE);
        script.close(monitor.processDescriptor());
        script.call("how did it end", Call.COMPUTE, Operand.value(ended.at(STATUS_OFFSET)))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, succeeded);
        script.call(FAILED, Call.COMPUTE).failOnZero();
        script.builder().place(succeeded);
    }

    /** Reads decimal digits from the file, and opens the process, which must be a child by now. */
    private void readProcess(Monitor monitor) {
        String label = "read the process's id";
        Datum file = script.open(label, PID_FILE, Flags.READ);
        Datum digit = script.slot("digit");
        Datum two = script.slot("twice");
        Datum five = script.slot("five times");
        Mark again = script.builder().mark("next digit");
        Mark done = script.builder().mark("the whole id");
        Operand pid = Operand.value(monitor.pid());
        script.builder().set(label, monitor.pid().start(), 0);
        script.builder().place(again);
        script.call(label, Call.READ, Operand.value(file), Operand.address(digit), Operand.number(1))
                .jump(Jump.ON_ZERO, done);
        compute(two, pid, Operand.number(0), pid);
        compute(five, Operand.value(two), Operand.number(0), Operand.value(two));
        compute(five, Operand.value(five), Operand.number(0), pid);
        compute(two, Operand.value(five), Operand.number(0), Operand.value(five));
        compute(monitor.pid(), Operand.value(two), Operand.number('0'), Operand.value(digit));
        script.builder().jump(again);
        script.builder().place(done);
        script.close(file);
        script.call("open the process", Call.PIDFD_OPEN, pid, Flags.NONE).into(monitor.processDescriptor());
        becomeParent(monitor);
    }

    /**
     * crun works in a process of its own, which may end a little after the command, and only then is what it leaves
     * given to us: a bounded number of looks.
     */
    private void becomeParent(Monitor monitor) {
        String label = "be the process's parent";
        Datum unused = script.builder().space("whose child it is", SIGNAL_INFO_SIZE);
        Datum moment = script.builder().structure("a moment", new Datum.LongWord(0), new Datum.LongWord(MOMENT_NANOS));
        Datum looks = script.slot("looks");
        Mark again = script.builder().mark("look again");
        Mark later = script.builder().mark("not yet");
        Mark done = script.builder().mark("it is ours");
        script.builder().place(again);
        script.call(
                        label,
                        Call.WAITID,
                        Operand.named("P_PIDFD", 3),
                        Operand.value(monitor.processDescriptor()),
                        Operand.address(unused),
                        Operand.named("WEXITED|WNOHANG|WNOWAIT|__WALL", 0x41000005),
                        Flags.NONE)
                .tolerate(ECHILD)
                .jump(Jump.ON_TOLERATED, later);
        script.builder().jump(done);
        script.builder().place(later);
        script.call(
                        "wait a moment",
                        Call.PPOLL,
                        Flags.NONE,
                        Flags.NONE,
                        Operand.address(moment),
                        Flags.NONE,
                        Monitor.signalSetSize())
                .ignoreNegative();
        compute(looks, Operand.value(looks), Flags.NONE, Operand.number(1));
        script.builder()
                .compare("look again", Operand.value(looks), Operand.number(LOOKS_MAX))
                .jump(Jump.ON_NEGATIVE, again);
        script.call(label + ": it stays another's child", Call.COMPUTE).failOnZero();
        script.builder().place(done);
    }

    private void compute(Datum slot, Operand first, Operand less, Operand more) {
        script.call("count", Call.COMPUTE, first, less, more).ignoreNegative().into(slot);
    }

    /** A listening socket in the folder. */
    private Datum listen() {
        String label = "listen for the terminal";
        Datum socket = script.slot("terminal socket");
        script.call(
                        label,
                        Call.SOCKET,
                        Operand.named("AF_UNIX", AF_UNIX),
                        Operand.named("SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC", 0x80801),
                        Flags.NONE)
                .into(socket);
        byte[] name = CONSOLE_SOCKET.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[SOCKET_ADDRESS_SIZE];
        bytes[0] = AF_UNIX;
        System.arraycopy(name, 0, bytes, 2, name.length);
        Datum address = script.builder().bytes("socket address", bytes);
        script.call(label, Call.BIND, Operand.value(socket), Operand.address(address), Operand.number(bytes.length));
        script.call(label, Call.LISTEN, Operand.value(socket), Operand.number(1));
        return socket;
    }

    /** The descriptor that the command has sent, at its known number. */
    private Datum receive(Datum socket) {
        String label = "take the terminal from the runtime";
        Datum connection = script.slot("connection");
        script.call(
                        label,
                        Call.ACCEPT4,
                        Operand.value(socket),
                        Flags.NONE,
                        Flags.NONE,
                        Operand.named("SOCK_CLOEXEC", 0x80000))
                .into(connection);
        script.close(socket);
        Datum bytes = script.builder().space("its name", MESSAGE_BYTES_MAX);
        Datum control = script.builder().space("what was passed", CONTROL_SIZE);
        Datum vector = script.builder()
                .structure("vector", new Datum.Pointer(bytes.start()), new Datum.LongWord(MESSAGE_BYTES_MAX));
        Datum message = script.builder()
                .structure(
                        "message",
                        new Datum.Space(16),
                        new Datum.Pointer(vector.start()),
                        new Datum.LongWord(1),
                        new Datum.Pointer(control.start()),
                        new Datum.LongWord(CONTROL_SIZE),
                        new Datum.Space(8));
        script.call(
                label,
                Call.RECVMSG,
                Operand.value(connection),
                Operand.address(message),
                Operand.named("MSG_CMSG_CLOEXEC", 0x40000000));
        Datum master = script.slot("terminal");
        script.call(label, Call.COMPUTE, Operand.value(control.at(PASSED_DESCRIPTOR_OFFSET)))
                .into(master)
                .failOnZero();
        script.close(connection);
        script.call(
                "hold the terminal",
                Call.DUP3,
                Operand.value(master),
                Operand.named("TERMINAL", Descriptors.TERMINAL),
                Flags.CLOSE_ON_EXEC);
        return master;
    }
}
