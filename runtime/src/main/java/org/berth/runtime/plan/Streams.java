package org.berth.runtime.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;

/**
 * A process's standard streams: two pipes that the monitor reads from, or a terminal whose master
 * side the monitor holds.
 */
final class Streams {
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int TIOCSCTTY = 0x540e;

    private final Script script;
    private final List<Datum> sources;
    private final Datum output;
    private final Datum error;
    private final Optional<Datum> terminal;

    private Streams(Script script, List<Datum> sources, Datum output, Datum error, Optional<Datum> terminal) {
        this.script = script;
        this.sources = sources;
        this.output = output;
        this.error = error;
        this.terminal = terminal;
    }

    /** Two pipes. */
    static Streams pipes(Script script) {
        Datum[] output = pipe(script, "output");
        Datum[] error = pipe(script, "errors");
        return new Streams(script, List.of(output[0], error[0]), output[1], error[1], Optional.empty());
    }

    private static Datum[] pipe(Script script, String name) {
        Datum ends = script.builder().structure(name + " pipe", new Datum.Space(8));
        script.call("make the pipe of " + name, Call.PIPE2, Operand.address(ends), Flags.CLOSE_ON_EXEC);
        Datum read = script.slot(name + " (read)");
        Datum write = script.slot(name + " (write)");
        script.call("its read end", Call.COMPUTE, Operand.value(ends.at(0))).into(read);
        script.call("its write end", Call.COMPUTE, Operand.value(ends.at(4))).into(write);
        return new Datum[] {read, write};
    }

    /**
     * A terminal of a devpts instance that is not attached yet. The monitor keeps the slave side open
     * as well, so that the master never reads an end while the process lives.
     */
    static Streams newTerminal(Script script, Datum devpts) {
        Datum master = script.slot("terminal");
        script.call(
                        "open a terminal",
                        Call.OPENAT,
                        Operand.value(devpts),
                        script.text("ptmx"),
                        Flags.TERMINAL,
                        Flags.NONE)
                .into(master);
        return terminal(script, master);
    }

    /** A terminal whose master was passed to the program. */
    static Streams passedTerminal(Script script, int descriptor) {
        Datum master = script.slot("terminal");
        script.builder().set("the terminal that was passed", master.start(), descriptor);
        return terminal(script, master);
    }

    /** Two pipes for what is started, and a terminal whose master comes later: the monitor reads from that too. */
    Streams withSource(Datum master) {
        return new Streams(script, List.of(master, sources.get(1)), output, error, Optional.empty());
    }

    private static Streams terminal(Script script, Datum master) {
        Datum unlock = script.builder().structure("unlocked", new Datum.Word(0));
        script.call(
                "unlock the terminal",
                Call.IOCTL,
                Operand.value(master),
                Operand.named("TIOCSPTLCK", TIOCSPTLCK),
                Operand.address(unlock));
        script.call(
                "hold the terminal",
                Call.DUP3,
                Operand.value(master),
                Operand.named("TERMINAL", Descriptors.TERMINAL),
                Flags.CLOSE_ON_EXEC);
        Datum slave = script.slot("terminal (slave)");
        script.call(
                        "open the terminal's other side",
                        Call.IOCTL,
                        Operand.value(master),
                        Operand.named("TIOCGPTPEER", TIOCGPTPEER),
                        Flags.TERMINAL)
                .into(slave);
        return new Streams(script, List.of(master), slave, slave, Optional.of(slave));
    }

    /** What the monitor reads from. */
    List<Datum> sources() {
        return sources;
    }

    /** The terminal's slave side, when there is one. */
    Optional<Datum> terminal() {
        return terminal;
    }

    /** In the monitor, once the process is cloned: the pipes end when the last of its processes ends. */
    void closeInMonitor(Optional<Integer> input) {
        if (terminal.isEmpty()) {
            script.close(output);
            script.close(error);
        }
        input.ifPresent(number -> script.call("close the input", Call.CLOSE, Operand.number(number)));
    }

    /**
     * In the process: a session of its own, and the streams in their places.
     *
     * @param nothing what standard input is without an input: nothing of the host's, whose /dev/null the
     *     container's root could change through it
     */
    void take(Optional<Integer> input, Datum nothing) {
        script.call("lead a session", Call.SETSID);
        if (terminal.isPresent()) {
            script.call(
                    "take the terminal",
                    Call.IOCTL,
                    Operand.value(output),
                    Operand.named("TIOCSCTTY", TIOCSCTTY),
                    Flags.NONE);
        }
        Operand source = terminal.<Operand>map(Operand::value)
                .orElseGet(() -> input.<Operand>map(Operand::number).orElseGet(() -> Operand.value(nothing)));
        script.call("take standard input", Call.DUP3, source, Operand.number(0), Flags.NONE);
        script.call("take standard output", Call.DUP3, Operand.value(output), Operand.number(1), Flags.NONE);
        script.call("take standard error", Call.DUP3, Operand.value(error), Operand.number(2), Flags.NONE);
    }

    /** A pipe that nobody writes to: reading it gives its end at once. */
    static Datum endedInput(Script script) {
        Datum[] ends = pipe(script, "no input");
        script.close(ends[1]);
        return ends[0];
    }

    /**
     * While it may: a user other than root must be able to open /dev/stdout again. /dev/null is the
     * host's and not given.
     */
    void giveToUser(long uid, Optional<Integer> input) {
        if (uid != 0) {
            giveTo(uid, input);
        }
    }

    /** Changes their owner. */
    void giveTo(long uid, Optional<Integer> input) {
        Operand sameGroup = Operand.named("same group", 0xffffffffL);
        Operand user = Operand.number(uid);
        script.call("give the user its output", Call.FCHOWN, Operand.value(output), user, sameGroup);
        if (terminal.isEmpty()) {
            script.call("give the user its errors", Call.FCHOWN, Operand.value(error), user, sameGroup);
            input.ifPresent(number ->
                    script.call("give the user its input", Call.FCHOWN, Operand.number(number), user, sameGroup));
        }
    }
}
