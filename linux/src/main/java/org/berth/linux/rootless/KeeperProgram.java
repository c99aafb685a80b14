package org.berth.linux.rootless;

import java.nio.file.Path;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;

/**
 * What the process does that keeps an ordinary user's namespaces: it makes a user namespace and says so, waits until its
 * ids are mapped, makes the others in it, says so again, and waits for ever. Pure.
 */
final class KeeperProgram {
    /** Of the descriptors that are passed to it: a byte comes by this one when the ids are mapped. */
    private static final int MAPPED = Launcher.FIRST_PASSED_DESCRIPTOR;

    /** It only holds this one: whatever serves the network ends with it. */
    private static final int LAST_PASSED = MAPPED + 1;

    private static final long CLONE_NEWUSER = 0x1000_0000L;
    private static final long CLONE_NEWNS_NEWNET = 0x4002_0000L;
    private static final long MS_REC_SLAVE = 0x8_4000L;
    private static final long MS_BIND = 0x1000L;
    private static final Operand NONE = Operand.number(0);
    private static final Operand STATUS = Operand.number(Launcher.STATUS_DESCRIPTOR);

    private final LaunchBuilder program = LaunchProgram.builder();

    private KeeperProgram() {}

    /**
     * The program.
     *
     * @param name the process's, at most 15 bytes
     * @param resolvers is seen as /etc/resolv.conf in the namespaces
     */
    static LaunchProgram of(String name, Optional<Path> resolvers) {
        return new KeeperProgram().write(name, resolvers);
    }

    private LaunchProgram write(String name, Optional<Path> resolvers) {
        Operand all = Operand.named("~0", 0xffff_ffffL);
        Mark end = program.mark("end");
        program.call("close the starter's descriptors", Call.CLOSE_RANGE, Operand.number(LAST_PASSED + 1), all, NONE);
        program.call("close its streams", Call.CLOSE_RANGE, NONE, Operand.number(2), NONE);
        program.call("name it", Call.PRCTL, Operand.named("PR_SET_NAME", 15), program.text(name));
        program.call("leave the starter's folder", Call.CHDIR, program.text("/"));
        program.call("make a user namespace", Call.UNSHARE, Operand.named("CLONE_NEWUSER", CLONE_NEWUSER));
        say("say so");
        Operand letter = Operand.address(program.slot("letter"));
        program.call("wait for its ids", Call.READ, Operand.number(MAPPED), letter, Operand.number(1))
                .jump(Jump.ON_ZERO, end);
        program.call("wait for its ids", Call.CLOSE, Operand.number(MAPPED));
        program.call(
                "make mount and network namespaces",
                Call.UNSHARE,
                Operand.named("CLONE_NEWNS|CLONE_NEWNET", CLONE_NEWNS_NEWNET));
        program.call(
                "let no mount out",
                Call.MOUNT,
                NONE,
                program.text("/"),
                NONE,
                Operand.named("MS_REC|MS_SLAVE", MS_REC_SLAVE),
                NONE);
        resolvers.ifPresent(this::coverResolvers);
        say("say that all is made");
        program.call("close the status pipe", Call.CLOSE, STATUS);
        Mark forever = program.mark("for ever");
        program.place(forever);
        program.call("wait for ever", Call.PPOLL, NONE, NONE, NONE, NONE, NONE).ignoreNegative();
        program.jump(forever);
        program.place(program.failure());
        program.call("report the failed step", Call.WRITE, STATUS, Operand.address(program.status()), Operand.number(8))
                .ignoreNegative();
        program.place(end);
        program.call("end", Call.EXIT_GROUP, NONE);
        return program.build();
    }

    /** A machine may have no such file. */
    private void coverResolvers(Path resolvers) {
        program.call(
                        "show " + resolvers + " as /etc/resolv.conf",
                        Call.MOUNT,
                        program.text(resolvers.toString()),
                        program.text("/etc/resolv.conf"),
                        NONE,
                        Operand.named("MS_BIND", MS_BIND),
                        NONE)
                .tolerate(Errno.ENOENT);
    }

    private void say(String label) {
        Datum done = program.structure("done", new Datum.Word(Launch.EXECUTED), new Datum.Space(4));
        program.call(label, Call.WRITE, STATUS, Operand.address(done), Operand.number(8));
    }
}
