package org.berth.runtime.oci.plan;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.MountOptions;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Placement.Group;
import org.berth.runtime.plan.Script;

/**
 * A mount of type cgroup: the container's own groups, by copies of their folders, whatever the
 * machine has: one file system of v2, or a folder with one for each hierarchy.
 */
final class GroupMounts {
    private static final String V2_ONLY = "";

    private final Script script;
    private final List<Group> groups;
    private final Map<String, Datum> trees = new TreeMap<>();

    GroupMounts(Script script, List<Group> groups) {
        this.script = script;
        this.groups = groups;
    }

    /** Copies the folders; once, however many mounts there are. */
    void copySources() {
        if (!trees.isEmpty()) {
            return;
        }
        for (Group group : groups) {
            Datum tree = script.slot("cgroup " + group.mountName());
            String folder = group.folder().toString();
            script.call("copy the cgroup " + folder, Call.OPEN_TREE, Flags.HERE, script.text(folder), Flags.COPY)
                    .into(tree);
            Attributes.propagate(script, "copy the cgroup " + folder, tree, 0x40000);
            trees.put(group.mountName(), tree);
        }
    }

    /** Mounts them on a folder that is open. */
    void attach(String label, Mount mount, Datum target) {
        MountOptions options = mount.options();
        Datum single = trees.get(V2_ONLY);
        if (single != null) {
            Attributes.change(script, label, single, options.set(), options.cleared(), false);
            script.attach(label, single, target);
            return;
        }
        long attributes = options.set() & ~MountOptions.READ_ONLY;
        Datum folder = script.fileSystem(label, "tmpfs", List.of("source=tmpfs", "mode=755", "size=64k"), attributes);
        script.attach(label, folder, target);
        trees.forEach((name, tree) -> {
            String one = label + ": " + name;
            script.call(one, Call.MKDIRAT, Operand.value(folder), script.text(name), Operand.named("0755", 0755))
                    .tolerate(Errno.EEXIST);
            Attributes.change(script, one, tree, options.set(), options.cleared(), false);
            Datum place = script.slot(name);
            script.openInRoot(one, folder, "/" + name, script.inRoot(true, false), place);
            script.attach(one, tree, place);
        });
        Attributes.change(script, label, folder, options.set(), options.cleared(), false);
    }
}
