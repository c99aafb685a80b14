package org.berth.linux.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where a machine's control groups are: one folder for each hierarchy.
 *
 * @param hierarchies v1's, in the order they are mounted, then the unified one (v2), if there is one
 */
public record CgroupLayout(List<Hierarchy> hierarchies) {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    public CgroupLayout {
        hierarchies = List.copyOf(hierarchies);
    }

    /**
     * A mounted tree of groups.
     *
     * @param folder its root
     * @param controllers what it controls: "memory", "cpu" and "cpuacct"; a v1 tree without a
     *     controller has its name ("name=systemd"); empty for a unified one, where each group's
     *     {@code cgroup.controllers} tells
     * @param unified whether it is v2
     */
    public record Hierarchy(Path folder, Set<String> controllers, boolean unified) {
        public Hierarchy {
            controllers = Set.copyOf(controllers);
        }
    }

    /** How the machine is set up. */
    public enum Mode {
        /** Only v1 hierarchies. */
        LEGACY,
        /** v1 hierarchies with the controllers, and a unified one without. */
        HYBRID,
        /** One unified hierarchy with all controllers. */
        UNIFIED
    }

    /** This machine's layout. */
    public static CgroupLayout discover() {
        try {
            return parse(Files.readString(MOUNTS));
        } catch (IOException e) {
            throw new UncheckedIOException("read " + MOUNTS, e);
        }
    }

    /**
     * The layout that a mount table tells (proc_pid_mountinfo(5)). Of mounts of one hierarchy the
     * first that shows its root counts: containers' own mounts show a part of it.
     *
     * @throws BerthException UNSUPPORTED when no control groups are mounted
     */
    public static CgroupLayout parse(String mountinfo) {
        List<Hierarchy> legacy = new ArrayList<>();
        List<Hierarchy> unified = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String line : mountinfo.lines().toList()) {
            MountLine.parse(line)
                    .filter(mount -> mount.type().startsWith("cgroup") && seen.add(mount.device()))
                    .ifPresent(mount -> (mount.type().equals("cgroup2") ? unified : legacy).add(hierarchy(mount)));
        }
        legacy.addAll(unified);
        if (legacy.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "no control groups are mounted; expected cgroup2 on /sys/fs/cgroup, or the v1 controllers below it");
        }
        return new CgroupLayout(legacy);
    }

    /** How the machine is set up. */
    public Mode mode() {
        boolean legacy = hierarchies.stream().anyMatch(hierarchy -> !hierarchy.unified());
        return legacy ? unified().isPresent() ? Mode.HYBRID : Mode.LEGACY : Mode.UNIFIED;
    }

    /** The unified hierarchy, if it is mounted. */
    public Optional<Hierarchy> unified() {
        return hierarchies.stream().filter(Hierarchy::unified).findFirst();
    }

    /** The v1 hierarchy that has a controller. */
    public Optional<Hierarchy> controlling(String controller) {
        return hierarchies.stream()
                .filter(hierarchy -> hierarchy.controllers().contains(controller))
                .findFirst();
    }

    private static Hierarchy hierarchy(MountLine mount) {
        boolean unified = mount.type().equals("cgroup2");
        Set<String> controllers = new HashSet<>();
        for (String option : mount.superOptions().split(",", -1)) {
            if (!unified && !OPTIONS.contains(option) && !option.startsWith("release_agent=")) {
                controllers.add(option);
            }
        }
        return new Hierarchy(Path.of(mount.target()), controllers, unified);
    }

    /** Options of a v1 mount that are no controllers. */
    private static final Set<String> OPTIONS =
            Set.of("rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods", "none");
}
