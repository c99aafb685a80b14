package org.berth.runtime.oci.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.MountOptions;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/** Attributes and propagation of a mount that is open (mount_setattr(2)). */
final class Attributes {
    private static final int MOUNT_ATTR_SIZE = 32;
    private static final long MOUNT_ATTR_IDMAP = 0x100000;
    private static final long MS_REC = 0x4000;

    private Attributes() {}

    /**
     * Sets and clears attributes; those of access times are one field, cleared as a whole.
     *
     * @param all whether of the mounts below it too
     */
    static void change(Script script, String label, Datum mount, long set, long cleared, boolean all) {
        long clear = cleared & ~set;
        if (((set | clear) & MountOptions.ACCESS_TIME) != 0) {
            clear |= MountOptions.ACCESS_TIME;
        }
        if (set != 0 || clear != 0) {
            apply(script, label, mount, new long[] {set, clear, 0, 0}, all);
        }
    }

    /** Changes how mounts spread. @param flags MS_SHARED or the like, with MS_REC or not */
    static void propagate(Script script, String label, Datum mount, long flags) {
        apply(script, label, mount, new long[] {0, 0, flags & ~MS_REC, 0}, (flags & MS_REC) != 0);
    }

    /** Has the mount's files show ids by the maps of a user namespace that was passed. */
    static void map(Script script, String label, Datum mount, int namespace, boolean all) {
        apply(script, label, mount, new long[] {MOUNT_ATTR_IDMAP, 0, 0, namespace}, all);
    }

    private static StepBuilder apply(Script script, String label, Datum mount, long[] fields, boolean all) {
        String name = "attributes %x, not %x, propagation %x, namespace %d"
                .formatted(fields[0], fields[1], fields[2], fields[3]);
        Datum structure = script.shared(
                name,
                key -> script.builder()
                        .structure(
                                key,
                                new Datum.LongWord(fields[0]),
                                new Datum.LongWord(fields[1]),
                                new Datum.LongWord(fields[2]),
                                new Datum.LongWord(fields[3])));
        return script.call(
                label,
                Call.MOUNT_SETATTR,
                Operand.value(mount),
                script.text(""),
                all ? Flags.BY_DESCRIPTOR_ALL : Flags.BY_DESCRIPTOR,
                Operand.address(structure),
                Operand.number(MOUNT_ATTR_SIZE));
    }
}
