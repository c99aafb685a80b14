package org.berth.runtime.oci.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Operand;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/**
 * The container's root: a copy of its folder's mounts, attached over the host's root in the new mount
 * namespace, filled through its descriptor alone, and entered at the end. Until then plain paths
 * lead into the host's tree as before.
 */
final class BundleRoot {
    private static final long MS_REC = 0x4000;
    private static final long MS_SLAVE = 0x80000;
    private static final long MS_PRIVATE = 0x40000;
    private static final long MS_SHARED = 0x100000;
    private static final long MS_UNBINDABLE = 0x20000;

    private final Script script;
    private final long propagation;

    /** @param propagation MS_SHARED or the like; 0 for none given */
    BundleRoot(Script script, long propagation) {
        this.script = script;
        this.propagation = propagation;
    }

    /** Whether mounts made here may show on the host. */
    boolean shared() {
        return (propagation & MS_SHARED) != 0;
    }

    /**
     * How mounts spread between this mount namespace and the host's: unless the configuration wants it
     * shared, nothing that is mounted here reaches the host.
     */
    void cutOff() {
        if (!shared()) {
            boolean isPrivate = (propagation & (MS_PRIVATE | MS_UNBINDABLE)) != 0;
            change("keep mounts from the host", isPrivate ? MS_PRIVATE | MS_REC : MS_SLAVE | MS_REC);
        }
    }

    /** Opens a copy of the folder with all that is mounted below it. */
    Datum copy(String folder) {
        String label = "open the root " + folder;
        Datum root = script.slot("root");
        script.call(label, Call.OPEN_TREE, Flags.HERE, script.text(folder), Flags.COPY_ALL)
                .into(root);
        Attributes.propagate(script, label, root, MS_PRIVATE | MS_REC);
        return root;
    }

    /** Attaches it. What it covers, the host's root, was made private alone. */
    void attach(Datum root) {
        String label = "attach the root";
        change("keep the root from the host", MS_PRIVATE);
        script.call(
                label,
                Call.MOVE_MOUNT,
                Operand.value(root),
                script.text(""),
                Flags.HERE,
                script.text("/"),
                Flags.MOVE_FROM);
    }

    /**
     * Makes it the root and lets go of the host's tree: that is kept from hearing of it, where it was
     * shared.
     */
    void enter(Datum root) {
        String label = "enter the root";
        Datum host = script.open(label, "/", Flags.FOLDER);
        script.call(label, Call.FCHDIR, Operand.value(root));
        script.call(label, Call.PIVOT_ROOT, script.text("."), script.text("."));
        script.call(label, Call.FCHDIR, Operand.value(host));
        change("keep the host's tree as it is", ".", MS_SLAVE | MS_REC);
        script.call("let go of the host's tree", Call.UMOUNT2, script.text("."), Flags.DETACH);
        script.call(label, Call.CHDIR, script.text("/"));
        spread();
    }

    /**
     * Where pivot_root(2) does not work, on a ramfs: the root covers the host's already, so that a
     * change of the root is enough; the host's /proc and /sys are let go of first.
     */
    void enterWithoutPivot(Datum root) {
        String label = "enter the root without pivot_root";
        for (String path : new String[] {"/proc", "/sys"}) {
            change("keep the host's " + path + " as it is", path, MS_SLAVE | MS_REC)
                    .ignoreNegative();
            script.call("let go of the host's " + path, Call.UMOUNT2, script.text(path), Flags.DETACH)
                    .ignoreNegative();
        }
        changeRoot(label, root);
        spread();
    }

    /** Without a mount namespace of its own. */
    void changeRoot(String label, Datum root) {
        script.call(label, Call.FCHDIR, Operand.value(root));
        script.call(label, Call.CHROOT, script.text("."));
        script.call(label, Call.CHDIR, script.text("/"));
    }

    /** How mounts spread from the root, once it is one. */
    private void spread() {
        if (shared() || (propagation & MS_UNBINDABLE) != 0) {
            change("spread mounts of the root as asked", propagation);
        }
    }

    private void change(String label, long flags) {
        change(label, "/", flags);
    }

    private StepBuilder change(String label, String path, long flags) {
        return script.call(
                label,
                Call.MOUNT,
                Flags.NONE,
                script.text(path),
                Flags.NONE,
                Operand.named("0x" + Long.toHexString(flags), flags),
                Flags.NONE);
    }
}
