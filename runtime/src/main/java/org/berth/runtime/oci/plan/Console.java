package org.berth.runtime.oci.plan;

import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/** The process's terminal: of the container's own devpts instance, its master held for the runtime. */
final class Console {
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int TIOCSCTTY = 0x540e;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int DEVPTS_SUPER_MAGIC = 0x1cd1;
    private static final int STATFS_SIZE = 120;
    private static final long O_RDWR_NOCTTY_CLOEXEC = 0x80102;

    private final Script script;
    private final Datum slave;

    /**
     * Opens it.
     *
     * @param terminals the container's devpts, if its configuration has one
     * @param root where /dev/ptmx is looked for else
     */
    Console(Script script, OciProcess process, Optional<Datum> terminals, Datum root) {
        this.script = script;
        Datum master = script.slot("terminal");
        String label = "open a terminal";
        if (terminals.isPresent()) {
            script.call(
                            label,
                            Call.OPENAT,
                            Operand.value(terminals.get()),
                            script.text("ptmx"),
                            Flags.TERMINAL,
                            Flags.NONE)
                    .into(master);
        } else {
            Datum how = script.builder()
                    .structure(
                            "a terminal in root",
                            new Datum.LongWord(O_RDWR_NOCTTY_CLOEXEC),
                            new Datum.LongWord(0),
                            new Datum.LongWord(Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS));
            script.openInRoot(label, root, "/dev/ptmx", Operand.address(how), master);
            check(label, master);
        }
        Datum unlock = script.builder().structure("unlocked", new Datum.Word(0));
        control("unlock the terminal", master, "TIOCSPTLCK", TIOCSPTLCK, Operand.address(unlock));
        process.consoleSize().ifPresent(size -> {
            Datum window = script.builder()
                    .structure("terminal size", new Datum.Word(size.height() | size.width() << 16), new Datum.Word(0));
            control("set the terminal's size", master, "TIOCSWINSZ", TIOCSWINSZ, Operand.address(window));
        });
        this.slave = script.slot("terminal (slave)");
        script.call(
                        "open the terminal's other side",
                        Call.IOCTL,
                        Operand.value(master),
                        Operand.named("TIOCGPTPEER", TIOCGPTPEER),
                        Flags.TERMINAL)
                .into(slave);
        script.call(
                "hold the terminal",
                Call.DUP3,
                Operand.value(master),
                Operand.named("TERMINAL", BundleDescriptors.TERMINAL),
                Flags.CLOSE_ON_EXEC);
        script.close(master);
    }

    /** What the image has there may be anything. */
    private void check(String label, Datum master) {
        Datum status = script.builder().space("file system of /dev/ptmx", STATFS_SIZE);
        Mark terminal = script.builder().mark("/dev/ptmx is of a devpts");
        script.call(label, Call.FSTATFS, Operand.value(master), Operand.address(status));
        script.builder()
                .compare(label, Operand.value(status), Operand.named("DEVPTS_SUPER_MAGIC", DEVPTS_SUPER_MAGIC))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, terminal);
        script.call(label + ": /dev/ptmx of the container is no terminal of its devpts", Call.COMPUTE)
                .failOnZero();
        script.builder().place(terminal);
    }

    private void control(String label, Datum terminal, String name, int request, Operand argument) {
        script.call(label, Call.IOCTL, Operand.value(terminal), Operand.named(name, request), argument);
    }

    /** /dev/console is the terminal itself, bound from the open descriptor (CVE-2025-52565). */
    void attach(Places places) {
        String label = "bind the terminal on /dev/console";
        Datum target = places.openOrMakeFile(script, label, "/dev/console");
        Datum copy = script.slot("console");
        script.call(label, Call.OPEN_TREE, Operand.value(slave), script.text(""), Flags.COPY_OF_DESCRIPTOR)
                .into(copy);
        script.attach(label, copy, target);
    }

    /** The process's session and standard streams. */
    void take(OciProcess process) {
        control("take the terminal", slave, "TIOCSCTTY", TIOCSCTTY, Flags.NONE);
        if (process.user().uid() != 0) {
            script.call(
                    "give the user its terminal",
                    Call.FCHOWN,
                    Operand.value(slave),
                    Operand.number(process.user().uid()),
                    Operand.named("same group", 0xffffffffL));
        }
        for (int number = 0; number <= 2; number++) {
            script.call(
                    "take the terminal as stream " + number,
                    Call.DUP3,
                    Operand.value(slave),
                    Operand.number(number),
                    Flags.NONE);
        }
    }
}
