package org.berth.runtime.oci.plan;

import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.MountOptions;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/** Paths that the container must not read, or not write. What is not there is passed over. */
final class HiddenPaths {
    private static final long SEALED =
            MountOptions.READ_ONLY | MountOptions.NO_SUID | MountOptions.NO_DEVICES | MountOptions.NO_EXEC;

    private final Script script;
    private final Places places;

    HiddenPaths(Script script, Places places) {
        this.script = script;
        this.places = places;
    }

    /**
     * Covers files with the host's /dev/null and folders with an empty one. The host's node can't have
     * been swapped by the image or by another container, as the container's own can (CVE-2025-31133).
     */
    void mask(List<String> paths) {
        if (paths.isEmpty()) {
            return;
        }
        Datum nothing = script.open(
                "open the host's /dev/null", "/dev/null", Operand.named("O_PATH|O_NOFOLLOW|O_CLOEXEC", 0x2a0000));
        paths.forEach(path -> mask(path, nothing));
    }

    private void mask(String path, Datum nothing) {
        String label = "mask " + path;
        Mark after = script.builder().mark("after " + path);
        Mark file = script.builder().mark(path + " is a file");
        Datum target = open(label, path, after);
        Datum folder = script.slot("folder " + path);
        script.openInRoot(label, target, "/", script.inRoot(true, false), folder)
                .tolerate(Errno.ENOTDIR)
                .jump(Jump.ON_TOLERATED, file);
        Datum empty = script.fileSystem(label, "tmpfs", List.of("source=tmpfs", "mode=555", "size=4k"), SEALED);
        script.attach(label, empty, target);
        script.builder().jump(after);
        script.builder().place(file);
        Datum cover = script.slot("cover of " + path);
        script.call(label, Call.OPEN_TREE, Operand.value(nothing), script.text(""), Flags.COPY_OF_DESCRIPTOR)
                .into(cover);
        script.attach(label, cover, target);
        script.builder().place(after);
    }

    /** Covers each with a read-only copy of itself. */
    void makeReadOnly(List<String> paths) {
        for (String path : paths) {
            String label = "make " + path + " read-only";
            Mark after = script.builder().mark("after " + path);
            Datum target = open(label, path, after);
            Datum copy = script.slot("copy of " + path);
            script.call(label, Call.OPEN_TREE, Operand.value(target), script.text(""), Flags.COPY_ALL_OF_DESCRIPTOR)
                    .into(copy);
            Attributes.change(script, label, copy, MountOptions.READ_ONLY, 0, true);
            script.attach(label, copy, target);
            script.builder().place(after);
        }
    }

    private Datum open(String label, String path, Mark missing) {
        Datum target = script.slot(path);
        Places.Place place = places.of(path);
        script.openFollowing(label, place.mount(), place.path(), false, target, Optional.of(missing));
        return target;
    }
}
