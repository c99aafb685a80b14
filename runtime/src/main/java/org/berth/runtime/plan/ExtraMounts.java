package org.berth.runtime.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.ContainerSpec.MountSpec;

/**
 * The mounts of the specification. Sources are copied from the host's tree before the root is
 * entered; targets are resolved after, in the root, by descriptor, with no host left to reach
 * (CVE-2021-30465, CVE-2024-45310).
 */
final class ExtraMounts {
    private static final int PROC_SUPER_MAGIC = 0x9fa0;
    private static final int STATFS_SIZE = 120;
    private static final Set<String> TMPFS_KEYS = Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks");
    private static final Map<String, Long> SETS = Map.of(
            "ro", Flags.MOUNT_READ_ONLY,
            "nosuid", Flags.MOUNT_NO_SUID,
            "nodev", Flags.MOUNT_NO_DEVICES,
            "noexec", Flags.MOUNT_NO_EXEC);
    private static final Map<String, Long> CLEARS = Map.of(
            "rw", Flags.MOUNT_READ_ONLY,
            "suid", Flags.MOUNT_NO_SUID,
            "dev", Flags.MOUNT_NO_DEVICES,
            "exec", Flags.MOUNT_NO_EXEC);

    private final Script script;
    private final List<PlannedMount> mounts;
    private final Map<PlannedMount, Datum> sources = new IdentityHashMap<>();

    ExtraMounts(Script script, List<PlannedMount> mounts) {
        this.script = script;
        this.mounts = mounts;
    }

    /** Makes or copies what is to be mounted. */
    void prepare() {
        for (PlannedMount planned : mounts) {
            sources.put(
                    planned,
                    switch (planned.mount()) {
                        case MountSpec.Bind bind -> copy(bind);
                        case MountSpec.Temporary temporary -> make(temporary);
                    });
        }
    }

    /** Copies what is the host's, with ids mapped where its file system can do so. */
    void copyMapped(Mapping mapping) {
        for (PlannedMount planned : mounts) {
            if (planned.mount() instanceof MountSpec.Bind bind) {
                sources.put(planned, planned.mapped() ? copyMapped(bind, mapping) : copy(bind));
            }
        }
    }

    /** Makes what is the container's own. */
    void makeOwn() {
        for (PlannedMount planned : mounts) {
            if (planned.mount() instanceof MountSpec.Temporary temporary) {
                sources.put(planned, make(temporary));
            }
        }
    }

    /** As it is, where something was mounted below meanwhile that can't be mapped: its files are nobody's then. */
    private Datum copyMapped(MountSpec.Bind bind, Mapping mapping) {
        String source = bind.source().toString();
        Datum tree = script.slot(source);
        Mark unmapped = script.builder().mark("not mapped: " + source);
        Mark copied = script.builder().mark("copied: " + source);
        mapping.copy(script, "bind " + source, source, bind.readOnly() ? Flags.MOUNT_READ_ONLY : 0, true, tree)
                .jump(Jump.ON_NEGATIVE, unmapped);
        script.builder().jump(copied);
        script.builder().place(unmapped);
        copy(bind, tree);
        script.builder().place(copied);
        return tree;
    }

    private Datum copy(MountSpec.Bind bind) {
        Datum tree = script.slot(bind.source().toString());
        copy(bind, tree);
        return tree;
    }

    private void copy(MountSpec.Bind bind, Datum tree) {
        String label = "bind " + bind.source();
        script.call(label, Call.OPEN_TREE, Flags.HERE, script.text(bind.source().toString()), Flags.COPY_ALL)
                .into(tree);
        script.setAttributes(label, tree, bind.readOnly() ? Flags.MOUNT_READ_ONLY : 0, true, true);
    }

    private Datum make(MountSpec.Temporary temporary) {
        long attributes = Flags.MOUNT_NO_SUID | Flags.MOUNT_NO_DEVICES | Flags.MOUNT_NO_EXEC;
        List<String> options = new ArrayList<>(List.of("source=tmpfs"));
        for (String option : Arrays.asList(temporary.options().split(",", -1))) {
            String key = option.replaceFirst("=.*", "");
            if (SETS.containsKey(option)) {
                attributes |= SETS.getOrDefault(option, 0L);
            } else if (CLEARS.containsKey(option)) {
                attributes &= ~CLEARS.getOrDefault(option, 0L);
            } else if (TMPFS_KEYS.contains(key) && option.length() > key.length() + 1) {
                options.add(option);
            } else if (!option.isEmpty()) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "tmpfs " + temporary.target() + ": unknown option " + option
                                + ", expected one of size=, mode=, "
                                + "uid=, gid=, nr_inodes=, nr_blocks=, ro, rw, exec, noexec, suid, nosuid, dev, nodev");
            }
        }
        return script.fileSystem("mount tmpfs for " + temporary.target(), "tmpfs", options, attributes);
    }

    /** Attaches them, in their order. */
    void attach(Datum root) {
        for (PlannedMount mount : mounts) {
            attach(mount, Objects.requireNonNull(sources.get(mount)), root);
        }
    }

    private void attach(PlannedMount planned, Datum source, Datum root) {
        String path = planned.mount().target();
        String label = "mount on " + path;
        Datum target = planned.folder()
                ? script.openOrMakeFolder(label, root, path)
                : script.openOrMakeFile(label, root, path);
        refuseProc(path, target);
        script.attach(label, source, target);
    }

    /** The target as it was resolved must not lie in /proc (CVE-2019-16884). */
    private void refuseProc(String path, Datum target) {
        Datum status = script.builder().space("file system of " + path, STATFS_SIZE);
        script.call("check the file system of " + path, Call.FSTATFS, Operand.value(target), Operand.address(status));
        script.builder()
                .compare(
                        "mount on " + path + ": it leads into /proc, which can't be mounted over",
                        Operand.value(status),
                        Operand.named("PROC_SUPER_MAGIC", PROC_SUPER_MAGIC))
                .ignoreNegative()
                .failOnZero();
    }
}
