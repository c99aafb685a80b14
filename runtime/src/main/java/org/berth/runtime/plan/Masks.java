package org.berth.runtime.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.Isolation;

/**
 * Paths of /proc and /sys that a container must not read, or not write. What is not there on this
 * kernel is passed over; what is a link is refused.
 */
final class Masks {
    private static final String PROC = "/proc/";
    private static final String RESTING_PLACE = "fs";
    private final Script script;
    private final StandardMounts mounts;
    private final Isolation isolation;

    Masks(Script script, StandardMounts mounts, Isolation isolation) {
        this.script = script;
        this.mounts = mounts;
        this.isolation = isolation;
    }

    private boolean masks(String path) {
        return isolation.maskedPaths().map(paths -> paths.contains(path)).orElse(true);
    }

    private boolean protects(String path) {
        return isolation.readOnlyPaths().map(paths -> paths.contains(path)).orElse(true);
    }

    /** Covers them in the very mounts that were made for this container. */
    void write(HostFacts host) {
        if (!isolation.maskedPaths().equals(Optional.of(List.of()))) {
            mask(host);
        }
        ProtectedPaths.READ_ONLY.stream().filter(this::protects).forEach(this::makeReadOnly);
    }

    private void mask(HostFacts host) {
        Datum nothing = script.slot("/dev/null of the container");
        // our own node in a file system nobody else can write to yet: it can't be swapped (CVE-2025-31133)
        script.call(
                        "open /dev/null of the container",
                        Call.OPENAT,
                        Operand.value(mounts.dev()),
                        script.text("null"),
                        Operand.named("O_PATH|O_NOFOLLOW|O_CLOEXEC", 0x2a0000))
                .into(nothing);
        ProtectedPaths.MASKED_FILES.stream().filter(this::masks).forEach(path -> cover(path, nothing, false));
        Datum empty = script.fileSystem(
                "make an empty folder",
                "tmpfs",
                List.of("source=tmpfs", "mode=555", "size=4k", "nr_inodes=1"),
                Flags.MOUNT_READ_ONLY | Flags.MOUNT_NO_SUID | Flags.MOUNT_NO_DEVICES | Flags.MOUNT_NO_EXEC);
        if (!host.copiesDetachedMounts()) {
            script.attachInside("attach the empty folder for a moment", empty, mounts.sys(), RESTING_PLACE);
        }
        ProtectedPaths.maskedFolders(host.processors()).stream()
                .filter(this::masks)
                .forEach(path -> cover(path, empty, true));
        if (!host.copiesDetachedMounts()) {
            script.call("detach the empty folder", Call.UMOUNT2, script.text("/sys/" + RESTING_PLACE), Flags.DETACH);
        }
    }

    private void cover(String path, Datum cover, boolean folder) {
        String label = "mask " + path;
        Mark after = script.builder().mark("after " + path);
        Datum target = open(label, path, folder, after);
        Datum copy = script.slot("cover of " + path);
        script.call(label, Call.OPEN_TREE, Operand.value(cover), script.text(""), Flags.COPY_OF_DESCRIPTOR)
                .into(copy);
        script.attach(label, copy, target);
        script.builder().place(after);
    }

    private void makeReadOnly(String path) {
        String label = "make " + path + " read-only";
        Mark after = script.builder().mark("after " + path);
        Datum target = open(label, path, false, after);
        Datum copy = script.slot("copy of " + path);
        script.call(label, Call.OPEN_TREE, Operand.value(target), script.text(""), Flags.COPY_ALL_OF_DESCRIPTOR)
                .into(copy);
        script.setAttributes(label, copy, Flags.MOUNT_READ_ONLY, false, true);
        script.attach(label, copy, target);
        script.builder().place(after);
    }

    /**
     * Opens one in our own mount of procfs or sysfs. Found by its path in the root, it would be passed over
     * while somebody has another folder in the place of /proc, and be bare once he has put it back
     * (CVE-2025-31133).
     */
    private Datum open(String label, String path, boolean folder, Mark missing) {
        Datum target = script.slot(path);
        Datum outer = path.startsWith(PROC) ? mounts.proc() : mounts.sys();
        String inside = path.substring(path.indexOf('/', 1) + 1);
        script.openInRoot(label, outer, inside, script.inRoot(folder, false), target)
                .tolerate(Errno.ENOENT)
                .jump(Jump.ON_TOLERATED, missing);
        return target;
    }
}
