package org.berth.runtime.plan;

import java.nio.file.Path;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.Isolation.JoinedIpc;

/**
 * The IPC namespace of another container, with its /dev/shm: POSIX shared memory is files there (shm_overview(7)). Both
 * namespaces' kinds are checked by setns(2).
 */
final class OthersIpc {
    private static final Operand MOUNTS = Operand.named("CLONE_NEWNS", Flags.CLONE_NEWNS);

    private final Script script;
    private final JoinedIpc ipc;

    OthersIpc(Script script, JoinedIpc ipc) {
        this.script = script;
        this.ipc = ipc;
    }

    /**
     * Joins it, in a process that still rules it.
     *
     * @return a copy of that container's mount on /dev/shm, attached nowhere
     */
    Datum join() {
        Datum own = open("remember the own mounts", Path.of("/proc/self/ns/mnt"));
        enter("enter the mounts of the container whose ipc is shared", ipc.mounts());
        Datum memory = copy();
        script.call("go back to the own mounts", Call.SETNS, Operand.value(own), MOUNTS);
        script.close(own);
        String label = "join the ipc namespace " + ipc.namespace();
        Datum namespace = open(label, ipc.namespace());
        script.call(label, Call.SETNS, Operand.value(namespace), Operand.named("CLONE_NEWIPC", Flags.CLONE_NEWIPC));
        script.close(namespace);
        return memory;
    }

    /** Only a process in a mount namespace can copy a mount of it; links that the container may have put there don't count. */
    private Datum copy() {
        String label = "copy the other container's /dev/shm";
        Datum root = open(label, Path.of("/"));
        Datum folder = script.slot("the other container's /dev/shm");
        script.openInRoot(label, root, "/dev/shm", script.inRoot(true, false), folder);
        Datum copy = script.slot("copy of /dev/shm");
        script.call(label, Call.OPEN_TREE, Operand.value(folder), script.text(""), Flags.COPY_OF_DESCRIPTOR)
                .into(copy);
        script.close(folder);
        script.close(root);
        return copy;
    }

    private void enter(String label, Path file) {
        Datum namespace = open(label, file);
        script.call(label, Call.SETNS, Operand.value(namespace), MOUNTS);
        script.close(namespace);
    }

    private Datum open(String label, Path file) {
        return script.open(label, file.toString(), Flags.READ);
    }
}
