package org.berth.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.Cgroup;
import org.berth.linux.cgroup.CgroupLayout;
import org.berth.linux.cgroup.CgroupLimits;
import org.berth.linux.cgroup.CgroupUsage;
import org.berth.linux.cgroup.Cgroups;
import org.berth.linux.cgroup.DeviceRule;
import org.berth.runtime.ContainerRuntime.Usage;
import org.berth.runtime.plan.Placement;

/** The control groups of an instance's containers, one for each, named by its id. */
final class ControlGroups implements AutoCloseable {
    private static final Path STANDARD_PLACE = Path.of("/sys/fs/cgroup");

    private final Cgroups groups;

    ControlGroups(Instance instance) {
        this.groups = Cgroups.of(instance);
    }

    void create(String id, Resources resources) {
        Cgroup group = groups.create(id, limits(resources));
        resources.more().ifPresent(group::tune);
    }

    /** What users should know: the limits that don't hold. */
    List<String> warnings() {
        return groups.missing().isEmpty()
                ? List.of()
                : List.of("limits of " + String.join(", ", groups.missing())
                        + " don't hold: an ordinary user's control groups have them only where they were handed to the user"
                        + " (docs/rootless.md)");
    }

    private void requirePossible(Resources resources) {
        refuse("memory", resources.memoryBytes().isPresent());
        refuse("cpu", resources.cpus().isPresent());
        refuse("pids", resources.pids().isPresent());
    }

    private void refuse(String controller, boolean asked) {
        if (asked && groups.missing().contains(controller)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "a limit of " + controller + " can't be set: that control group was not handed to this user"
                            + " (docs/rootless.md)");
        }
    }

    /** The group of a container that is to be stopped or resumed. */
    Cgroup freezable(String id, java.util.function.Supplier<BerthException> missing) {
        if (!groups.freezes()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "a container can't be paused: no freezing control group was handed to this user (docs/rootless.md)");
        }
        return find(id).orElseThrow(missing);
    }

    void update(String id, Resources resources) {
        requirePossible(resources);
        find(id).ifPresent(group -> {
            group.update(limits(resources));
            resources.more().ifPresent(group::tune);
        });
    }

    Optional<Cgroup> find(String id) {
        return groups.find(id);
    }

    /** What a launch program needs to know of a group, which may yet have to be made. */
    List<Placement.Group> placement(String id) {
        CgroupLayout layout = groups.layout();
        Optional<Path> unified = layout.unified().map(CgroupLayout.Hierarchy::folder);
        boolean alone = layout.mode() == CgroupLayout.Mode.UNIFIED;
        return groups.named(id).folders().stream()
                .map(folder -> new Placement.Group(
                        folder,
                        alone ? "" : hierarchyName(folder),
                        unified.map(folder::startsWith).orElse(false)))
                .toList();
    }

    /** "memory" of /sys/fs/cgroup/memory/berth-TAG/ID. */
    private static String hierarchyName(Path folder) {
        return STANDARD_PLACE.relativize(folder).getName(0).toString();
    }

    /** Whether the kernel has killed in it for lack of memory: one file, read at every exit. */
    boolean ranOutOfMemory(String id) {
        CgroupLayout layout = groups.layout();
        Optional<CgroupLayout.Hierarchy> legacy = layout.controlling("memory");
        String file = legacy.isPresent() ? "memory.oom_control" : "memory.events";
        return legacy.or(layout::unified)
                .map(CgroupLayout.Hierarchy::folder)
                .flatMap(hierarchy -> find(id).stream()
                        .flatMap(group -> group.folders().stream())
                        .filter(folder -> folder.startsWith(hierarchy))
                        .findFirst())
                .map(folder -> countsKills(folder.resolve(file)))
                .orElse(false);
    }

    /** Whether the line "oom_kill N" tells more than none. */
    private static boolean countsKills(Path file) {
        try {
            return Files.readString(file).lines().anyMatch(line -> line.matches("oom_kill [1-9][0-9]*"));
        } catch (IOException e) {
            return false; // the group is gone, or the kernel counts no kills (before 4.13)
        }
    }

    Optional<Usage> usage(String id) {
        return find(id).map(Cgroup::usage).map(ControlGroups::usage);
    }

    private static Usage usage(CgroupUsage usage) {
        return new Usage(
                usage.memoryBytes() - usage.inactiveFileBytes(),
                usage.memoryLimitBytes(),
                usage.cpuNanos(),
                usage.pids(),
                usage.outOfMemoryKills(),
                usage.throttledPeriods());
    }

    /** Kills whatever is left in a group. */
    void killAll(String id) {
        find(id).ifPresent(Cgroup::killAll);
    }

    /** Removes a group; its processes have ended. Idempotent. */
    void delete(String id) {
        try {
            groups.delete(id);
        } catch (SystemCallException e) {
            throw new BerthException(ErrorCode.KERNEL, String.valueOf(e.getMessage()), e);
        }
    }

    /** Removes what all of them share, when none is left. */
    @Override
    public void close() {
        groups.close();
    }

    private static CgroupLimits limits(Resources resources) {
        try {
            return new CgroupLimits(
                    resources.memoryBytes(),
                    resources.cpus(),
                    java.util.OptionalLong.empty(),
                    resources.pids(),
                    DeviceRule.STANDARD);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, String.valueOf(e.getMessage()), e);
        }
    }
}
