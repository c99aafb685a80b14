package org.berth.runtime.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Operand;
import org.berth.linux.user.UserRange;

/**
 * A container's own ids in its launch program.
 *
 * @param users the range of the machine's ids that stands for its ids
 * @param namespace the number of the descriptor of its user namespace, passed to the program
 */
record Mapping(UserRange users, int namespace) {
    private static final int ATTRIBUTES_SIZE = 32;

    /**
     * Copies the mount that a path is on, from there on, seen through the mapping: what is root's on the disk is the
     * container's root's, and the other way about.
     *
     * @param all with what is mounted below it
     */
    Datum copy(Script script, String label, String path, long attributes, boolean all) {
        Datum tree = script.slot(path);
        copy(script, label, path, attributes, all, tree);
        return tree;
    }

    /** The same into a slot; the kernel refuses where one of these mounts can't be seen so. */
    StepBuilder copy(Script script, String label, String path, long attributes, boolean all, Datum tree) {
        Datum structure = script.shared(
                "mapped, attributes " + attributes,
                name -> script.builder()
                        .structure(
                                name,
                                new Datum.LongWord(Flags.MOUNT_MAP_IDS | attributes),
                                new Datum.LongWord(0),
                                new Datum.LongWord(Flags.PROPAGATION_PRIVATE),
                                new Datum.LongWord(namespace)));
        return script.call(
                        label,
                        Call.OPEN_TREE_ATTR,
                        Flags.HERE,
                        script.text(path),
                        all ? Flags.COPY_ALL : Flags.COPY,
                        Operand.address(structure),
                        Operand.number(ATTRIBUTES_SIZE))
                .into(tree);
    }

    /** Has a mount that is attached nowhere, and whose files we have made as root, belong to the container's root. */
    void apply(Script script, String label, Datum mount) {
        Datum structure = script.shared(
                "mapped",
                name -> script.builder()
                        .structure(
                                name,
                                new Datum.LongWord(Flags.MOUNT_MAP_IDS),
                                new Datum.LongWord(0),
                                new Datum.LongWord(0),
                                new Datum.LongWord(namespace)));
        script.call(
                label,
                Call.MOUNT_SETATTR,
                Operand.value(mount),
                script.text(""),
                Flags.BY_DESCRIPTOR,
                Operand.address(structure),
                Operand.number(ATTRIBUTES_SIZE));
    }
}
