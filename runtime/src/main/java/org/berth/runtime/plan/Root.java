package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.linux.path.OverlayAttributes;
import org.berth.runtime.ContainerSpec.RootFilesystem;

/**
 * The container's root: an overlay, entered with pivot_root. From then on the host's tree can't be
 * reached at all; every later mount happens inside.
 */
final class Root {
    /**
     * Nothing that would make a layer mean more than its files: no redirects or metadata-only copies
     * that an image could forge, no index.
     */
    private static final List<String> OPTIONS =
            List.of("source=overlay", "redirect_dir=nofollow", "index=off", "metacopy=off");

    private static final String LABEL = "mount the root overlay";
    private static final int FIRST_LAYER_DESCRIPTOR = 200;
    /** For so many that those they are opened by would reach the first: dup3(2) refuses a number for itself. */
    private static final int MANY_LAYERS = 150;

    private static final int FIRST_OF_MANY_DESCRIPTOR = 500;
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

    /**
     * The overlay, or the folder alone where there is no layer below it; mounted nowhere yet. Layers
     * are named by descriptors of known numbers: that is all of the host that shows in the container's
     * mount table, and many layers fit into the one page of options that old kernels take.
     */
    Datum overlay(RootFilesystem root, HostFacts host) {
        if (root.lower().isEmpty()) {
            return copyFolder(root.upper());
        }
        List<String> lower = new ArrayList<>();
        int number = firstDescriptor(root);
        for (Path layer : root.lower()) {
            lower.add(openAt(layer, number++));
        }
        return onTopOf(lower, root, number, host);
    }

    /**
     * The same with layers seen through a mapping. What is written belongs to the range on the disk as well: an upper
     * folder seen through the mapping would have the overlay come up read-only, as root, who mounts it, has no id there.
     */
    Datum mappedOverlay(RootFilesystem root, HostFacts host, Mapping mapping) {
        if (root.lower().isEmpty()) {
            return copyFolder(root.upper());
        }
        List<String> lower = new ArrayList<>();
        int number = firstDescriptor(root);
        for (Path layer : root.lower()) {
            String label = "open " + layer;
            Datum opened = mapping.copy(script, label, layer.toString(), 0, false);
            lower.add(hold(label, opened, number++));
        }
        return onTopOf(lower, root, number, host);
    }

    private static int firstDescriptor(RootFilesystem root) {
        return root.lower().size() < MANY_LAYERS ? FIRST_LAYER_DESCRIPTOR : FIRST_OF_MANY_DESCRIPTOR;
    }

    private Datum onTopOf(List<String> lower, RootFilesystem root, int first, HostFacts host) {
        int number = first;
        String upper = openAt(root.upper(), number++);
        String work = openAt(root.work(), number);
        List<String> options = new ArrayList<>(OPTIONS);
        if (host.lent()) {
            options.add(OverlayAttributes.OF_USERS);
        }
        return host.overlayTakesLayersOneByOne()
                ? make(lower, upper, work, options)
                : mountAndCopy(lower, upper, work, root.work(), options);
    }

    private Datum copyFolder(Path folder) {
        Datum copy = script.slot(folder.toString());
        Operand path = script.text(folder.toString());
        script.call("copy the mount of " + folder, Call.OPEN_TREE, Flags.HERE, path, Flags.COPY)
                .into(copy);
        return copy;
    }

    private String openAt(Path folder, int number) {
        String label = "open " + folder;
        return hold(label, script.open(label, folder.toString(), Flags.FOLDER), number);
    }

    private String hold(String label, Datum opened, int number) {
        script.call(label, Call.DUP3, Operand.value(opened), Operand.number(number), Flags.CLOSE_ON_EXEC);
        return "/proc/self/fd/" + number;
    }

    private Datum make(List<String> lower, String upper, String work, List<String> options) {
        lower.forEach(layer -> options.add("lowerdir+=" + layer));
        options.add("upperdir=" + upper);
        options.add("workdir=" + work);
        return script.fileSystem(LABEL, "overlay", options, 0);
    }

    /** By mount(2) on the work folder, in this mount namespace only, and picked up from there. */
    private Datum mountAndCopy(List<String> lower, String upper, String work, Path target, List<String> all) {
        if (lower.size() > LAYERS_IN_OPTIONS_MAX) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    lower.size() + " layers, at most " + LAYERS_IN_OPTIONS_MAX + " on a kernel before 6.8");
        }
        String options = "lowerdir=" + String.join(":", lower) + ",upperdir=" + upper + ",workdir=" + work + ","
                + String.join(",", all.subList(1, all.size()));
        Operand overlay = script.text("overlay");
        Operand place = script.text(target.toString());
        script.call(LABEL, Call.MOUNT, overlay, place, overlay, Flags.NONE, script.text(options));
        Datum mount = script.slot("overlay");
        script.call(LABEL, Call.OPEN_TREE, Flags.HERE, place, Flags.COPY).into(mount);
        script.call(LABEL, Call.UMOUNT2, place, Flags.DETACH);
        return mount;
    }

    /**
     * Makes the overlay the root and lets go of the host's tree.
     *
     * @param mountPoint covered for a moment, in this mount namespace only
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
