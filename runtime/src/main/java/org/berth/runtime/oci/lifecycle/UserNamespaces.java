package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.IdMapping;
import org.berth.runtime.oci.plan.BundleDescriptors;
import org.berth.runtime.oci.plan.SyncMessage;

/** User namespaces that no process is in: mounts take their id maps from them (mount_setattr(2)). */
final class UserNamespaces {
    private static final Operand SYNC = Operand.number(BundleDescriptors.SYNC);
    private static final List<String> ARGUMENTS = List.of("berth");

    private UserNamespaces() {}

    /** One with these maps; the caller closes it. */
    static Descriptor make(List<IdMapping> users, List<IdMapping> groups) {
        LaunchProgram program = program();
        Descriptor[] ends = Kernel.socketPair();
        Launch launch;
        try (Descriptor theirs = ends[1]) {
            launch = new Launcher(Path.of("/run")).start(program, ARGUMENTS, List.of(theirs));
        }
        try (Talk talk = new Talk(program, ends[0], launch.takeStatus())) {
            talk.next();
            IdMaps.write(launch.pid(), users, groups);
            long opened = Kernel.open(Path.of("/proc/" + launch.pid() + "/ns/user"), Kernel.O_RDONLY);
            if (opened < 0) {
                throw new SystemCallException("open a user namespace", (int) -opened);
            }
            return new Descriptor((int) opened);
        } finally {
            Kernel.reap(launch.pid());
        }
    }

    /** A process that makes one and waits in it for the end of the talk. */
    private static LaunchProgram program() {
        LaunchBuilder builder = LaunchProgram.builder();
        Datum answer = builder.slot("answer");
        String letter = String.valueOf((char) SyncMessage.USER_NAMESPACE.letter());
        String label = "make a user namespace for a mount";
        builder.call(label, Call.UNSHARE, Operand.named("CLONE_NEWUSER", 0x10000000L));
        builder.call(label, Call.WRITE, SYNC, builder.text(letter), Operand.number(1));
        builder.call(label, Call.READ, SYNC, Operand.address(answer), Operand.number(1))
                .ignoreNegative();
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        builder.place(builder.failure());
        builder.call(
                        "report the failed step",
                        Call.WRITE,
                        Operand.number(Launcher.STATUS_DESCRIPTOR),
                        Operand.address(builder.status()),
                        Operand.number(8))
                .ignoreNegative();
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        return builder.build();
    }
}
