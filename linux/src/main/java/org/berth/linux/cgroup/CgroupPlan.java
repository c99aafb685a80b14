package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/**
 * What is written for a group's limits, in order. Pure: it reads nothing and writes nothing.
 *
 * @param layout where the groups are
 * @param group the group's path below every hierarchy's root: "berth-abc234/0123"
 */
public record CgroupPlan(CgroupLayout layout, String group) {
    private static final long PERIOD_MICROS = 100_000;
    private static final long SHARES_STANDARD = 1024;
    private static final long WEIGHT_STANDARD = 100;
    private static final Set<String> CONTROLLERS = Set.of("cpu", "cpuset", "io", "memory", "pids");

    /** The group's folder in each hierarchy, in the layout's order. */
    public List<Path> folders() {
        return layout.hierarchies().stream()
                .map(hierarchy -> hierarchy.folder().resolve(group))
                .toList();
    }

    /**
     * What hands the controllers down to a group's children, for every group above them; only a
     * unified hierarchy asks for it. Controllers that the kernel has not are left out by the caller.
     */
    public static List<CgroupWrite> handDown(Path parent, Set<String> available) {
        return CONTROLLERS.stream()
                .filter(available::contains)
                .sorted()
                .map(controller -> new CgroupWrite(parent.resolve("cgroup.subtree_control"), "+" + controller, false))
                .toList();
    }

    /** The limits of a group that was just made. */
    public List<CgroupWrite> create(CgroupLimits limits) {
        List<CgroupWrite> writes = new ArrayList<>();
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            unified(limits, writes, false);
        } else {
            devices(limits, writes);
            legacy(limits, writes, false);
        }
        return List.copyOf(writes);
    }

    /** New limits of a group that has some. Devices stay as they are. */
    public List<CgroupWrite> update(CgroupLimits limits) {
        List<CgroupWrite> writes = new ArrayList<>();
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            unified(limits, writes, true);
        } else {
            legacy(limits, writes, true);
        }
        return List.copyOf(writes);
    }

    /** All devices are refused first, then those on the list allowed, each by a write of its own. */
    private void devices(CgroupLimits limits, List<CgroupWrite> writes) {
        legacyWrite(writes, "devices", "devices.deny", "a", false);
        for (DeviceRule rule : limits.devices()) {
            legacyWrite(writes, "devices", "devices.allow", rule.line(), false);
        }
    }

    private void legacy(CgroupLimits limits, List<CgroupWrite> writes, boolean update) {
        if (limits.memoryBytes().isPresent()) {
            String bytes = Long.toString(limits.memoryBytes().getAsLong());
            if (update) {
                // memory with swap must never be below memory, so it goes out of the way first
                legacyWrite(writes, "memory", "memory.memsw.limit_in_bytes", "-1", true);
            }
            legacyWrite(writes, "memory", "memory.limit_in_bytes", bytes, false);
            legacyWrite(writes, "memory", "memory.memsw.limit_in_bytes", bytes, true);
        } else if (update) {
            legacyWrite(writes, "memory", "memory.memsw.limit_in_bytes", "-1", true);
            legacyWrite(writes, "memory", "memory.limit_in_bytes", "-1", false);
        }
        if (limits.cpus().isPresent()) {
            legacyWrite(writes, "cpu", "cpu.cfs_period_us", Long.toString(PERIOD_MICROS), false);
            legacyWrite(writes, "cpu", "cpu.cfs_quota_us", Long.toString(quotaMicros(limits)), false);
        } else if (update) {
            legacyWrite(writes, "cpu", "cpu.cfs_quota_us", "-1", true);
        }
        if (limits.cpuShares().isPresent() || update) {
            legacyWrite(
                    writes,
                    "cpu",
                    "cpu.shares",
                    Long.toString(limits.cpuShares().orElse(SHARES_STANDARD)),
                    false);
        }
        if (limits.pids().isPresent()) {
            legacyWrite(writes, "pids", "pids.max", Long.toString(limits.pids().getAsLong()), false);
        } else if (update) {
            legacyWrite(writes, "pids", "pids.max", "max", true);
        }
    }

    /** v2 (kernel Documentation/admin-guide/cgroup-v2.rst). */
    private void unified(CgroupLimits limits, List<CgroupWrite> writes, boolean update) {
        if (layout.hierarchies().isEmpty()) {
            return;
        }
        Path folder = layout.unified().orElseThrow().folder().resolve(group);
        if (limits.memoryBytes().isPresent()) {
            writes.add(new CgroupWrite(
                    folder.resolve("memory.max"),
                    Long.toString(limits.memoryBytes().getAsLong()),
                    false));
            writes.add(new CgroupWrite(folder.resolve("memory.swap.max"), "0", true));
        } else if (update) {
            writes.add(new CgroupWrite(folder.resolve("memory.max"), "max", true));
            writes.add(new CgroupWrite(folder.resolve("memory.swap.max"), "max", true));
        }
        if (limits.cpus().isPresent()) {
            writes.add(new CgroupWrite(folder.resolve("cpu.max"), quotaMicros(limits) + " " + PERIOD_MICROS, false));
        } else if (update) {
            writes.add(new CgroupWrite(folder.resolve("cpu.max"), "max " + PERIOD_MICROS, true));
        }
        if (limits.cpuShares().isPresent() || update) {
            long weight = limits.cpuShares().isPresent()
                    ? UnifiedResources.weight(limits.cpuShares().getAsLong())
                    : WEIGHT_STANDARD;
            writes.add(new CgroupWrite(folder.resolve("cpu.weight"), Long.toString(weight), update));
        }
        if (limits.pids().isPresent()) {
            writes.add(new CgroupWrite(
                    folder.resolve("pids.max"), Long.toString(limits.pids().getAsLong()), false));
        } else if (update) {
            writes.add(new CgroupWrite(folder.resolve("pids.max"), "max", true));
        }
    }

    /** A machine without the controller can't hold the limit: the write is planned all the same, and fails. */
    private void legacyWrite(List<CgroupWrite> writes, String controller, String file, String value, boolean optional) {
        Path folder =
                layout.controlling(controller).map(Hierarchy::folder).orElse(Path.of("/sys/fs/cgroup", controller));
        writes.add(new CgroupWrite(folder.resolve(group).resolve(file), value, optional));
    }

    /** At least a hundredth of a period, the least the kernel takes. */
    private static long quotaMicros(CgroupLimits limits) {
        return Math.max(1000, Math.round(limits.cpus().orElseThrow() * PERIOD_MICROS));
    }
}
