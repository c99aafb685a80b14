package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.ContainerSpec.RootFilesystem;

/**
 * The container's root: an overlay, made from descriptors so that no path of the host shows in the
 * container's mount table, and entered with pivot_root. From then on the host's tree can't be
 * reached at all; every later mount happens inside.
 */
final class Root {
    /**
     * Nothing that would make a layer mean more than its files: no redirects or metadata-only copies
     * that an image could forge, no index.
     */
    private static final List<String> OPTIONS =
            List.of("source=overlay", "redirect_dir=nofollow", "index=off", "metacopy=off");

    private static final int FIRST_LAYER_DESCRIPTOR = 200;
    private static final int LAYERS_IN_OPTIONS_MAX = 180;

    private final Script script;

    Root(Script script) {
        this.script = script;
    }

    /** Nothing that is mounted here from now on reaches the host, and nothing of the host comes in. */
    void makePrivate() {
        script.call(
                "make all mounts private",
                Call.MOUNT,
                Flags.NONE,
                script.text("/"),
                Flags.NONE,
                Operand.named("MS_REC|MS_PRIVATE", 0x44000),
                Flags.NONE);
    }

    /** The overlay, or the folder alone where there is no layer below it; mounted nowhere yet. */
    Datum overlay(RootFilesystem root, HostFacts host) {
        if (root.lower().isEmpty()) {
            return copyMount(root.upper());
        }
        if (!host.overlayTakesDetachedLayers()) {
            return overlayByNumbers(root);
        }
        Datum context = script.slot("overlay (context)");
        String label = "mount the root overlay";
        script.call(label, Call.FSOPEN, script.text("overlay"), Flags.FSOPEN_CLOEXEC)
                .into(context);
        for (String option : OPTIONS) {
            script.configure(label + " with " + option, context, option);
        }
        for (Path layer : root.lower()) {
            setDescriptor(context, "lowerdir+", layer, copyMount(layer));
        }
        addWritable(context, root);
        return script.create(label, context, 0);
    }

    /**
     * A copy of a folder's mount has no path to the host's root: none shows in the container's mount
     * table. It lives as long as its descriptor, which must stay open until the overlay is made.
     */
    private Datum copyMount(Path folder) {
        Datum copy = script.slot(folder.toString());
        script.call("open " + folder, Call.OPEN_TREE, Flags.HERE, script.text(folder.toString()), Flags.COPY)
                .into(copy);
        return copy;
    }

    /** Both must be in one mount, so that of the folder that holds them is copied. */
    private void addWritable(Datum context, RootFilesystem root) {
        Path common = root.upper();
        while (!root.work().startsWith(common)) {
            common = common.resolveSibling("").normalize().toAbsolutePath();
        }
        Datum copy = copyMount(common);
        for (Map.Entry<String, Path> entry :
                List.of(Map.entry("upperdir", root.upper()), Map.entry("workdir", root.work()))) {
            Path folder = entry.getValue();
            Datum opened = script.slot(folder.toString());
            Operand relative = script.text(common.relativize(folder).toString());
            script.call("open " + folder, Call.OPENAT, Operand.value(copy), relative, Flags.FOLDER, Flags.NONE)
                    .into(opened);
            setDescriptor(context, entry.getKey(), folder, opened);
        }
    }

    private void setDescriptor(Datum context, String key, Path folder, Datum opened) {
        String label = "add " + folder + " as " + key;
        script.call(
                label,
                Call.FSCONFIG,
                Operand.value(context),
                Flags.SET_DESCRIPTOR,
                script.text(key),
                Flags.NONE,
                Operand.value(opened));
    }

    /**
     * Kernels before 6.15 take paths, or descriptors of attached mounts, in one page of options: short ones through descriptors of known
     * numbers, so that many layers fit and still no path of the host shows.
     */
    private Datum overlayByNumbers(RootFilesystem root) {
        if (root.lower().size() > LAYERS_IN_OPTIONS_MAX) {
            throw new IllegalArgumentException(
                    root.lower().size() + " layers, at most " + LAYERS_IN_OPTIONS_MAX + " on a kernel before 6.15");
        }
        List<String> lower = new ArrayList<>();
        int number = FIRST_LAYER_DESCRIPTOR;
        for (Path layer : root.lower()) {
            lower.add(openAt(layer, number++));
        }
        String upper = openAt(root.upper(), number++);
        String work = openAt(root.work(), number);
        String options = "lowerdir=" + String.join(":", lower) + ",upperdir=" + upper + ",workdir=" + work + ","
                + String.join(",", OPTIONS.subList(1, OPTIONS.size()));
        // mounted on the work folder for a moment, in this mount namespace only, and picked up from there
        String label = "mount the root overlay";
        script.call(
                label,
                Call.MOUNT,
                script.text("overlay"),
                script.text(work),
                script.text("overlay"),
                Flags.NONE,
                script.text(options));
        Datum mount = script.slot("overlay");
        script.call(label, Call.OPEN_TREE, Flags.HERE, script.text(root.work().toString()), Flags.COPY)
                .into(mount);
        script.call(label, Call.UMOUNT2, script.text(root.work().toString()), Flags.DETACH);
        return mount;
    }

    private String openAt(Path folder, int number) {
        String label = "open " + folder;
        Datum opened = script.open(label, folder.toString(), Flags.FOLDER);
        script.call(label, Call.DUP3, Operand.value(opened), Operand.number(number), Flags.CLOSE_ON_EXEC);
        script.close(opened);
        return "/proc/self/fd/" + number;
    }

    /**
     * Makes the overlay the root and lets go of the host's tree. The mount point is the container's
     * folder in the run folder, covered in this mount namespace only.
     *
     * @return the root, open
     */
    Datum enter(Datum overlay, Path mountPoint) {
        String label = "enter the root";
        script.call(
                label,
                Call.MOVE_MOUNT,
                Operand.value(overlay),
                script.text(""),
                Flags.HERE,
                script.text(mountPoint.toString()),
                Flags.MOVE_FROM);
        script.call(label, Call.FCHDIR, Operand.value(overlay));
        script.call(label, Call.PIVOT_ROOT, script.text("."), script.text("."));
        script.call("let go of the host's tree", Call.UMOUNT2, script.text("."), Flags.DETACH);
        script.call(label, Call.CHDIR, script.text("/"));
        return script.open(label, "/", Flags.FOLDER);
    }

    /** After all that had to be made in it. */
    void makeReadOnly(Datum root) {
        script.setAttributes("make the root read-only", root, Flags.MOUNT_READ_ONLY, false, false);
    }
}
