package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.CgroupLayout;
import org.berth.linux.cgroup.ContainerGroup;
import org.berth.linux.cgroup.GroupDriver;
import org.berth.linux.cgroup.GroupDriver.Tolerance;
import org.berth.linux.cgroup.GroupFolders;
import org.berth.linux.cgroup.GroupPath;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.plan.Placement;

/** The control groups of one container, from their making to their removal. */
final class Groups {
    private static final Path STANDARD_PLACE = Path.of("/sys/fs/cgroup");

    private final LinuxPart linux;
    private final String id;
    private final GroupManager manager;
    private Optional<ContainerGroup> group = Optional.empty();

    Groups(LinuxPart linux, String id, GroupManager manager) {
        this.linux = linux;
        this.id = id;
        this.manager = manager;
    }

    /** Those of a container that was created; empty when it has none, or they are gone with their hierarchies. */
    static Optional<ContainerGroup> of(ContainerState state) {
        if (state.groups().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(ContainerGroup.open(
                CgroupLayout.discover(), state.groups().stream().map(Path::of).toList()));
    }

    /** Makes them. @return their folders */
    List<String> create() {
        if (manager == GroupManager.DISABLED) {
            return List.of();
        }
        if (manager == GroupManager.SYSTEMD) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "control groups by systemd are not supported by this command yet");
        }
        boolean rootless = !Privileges.ofHost();
        GroupDriver driver =
                GroupDriver.folders(CgroupLayout.discover(), rootless ? Tolerance.ROOTLESS : Tolerance.NONE);
        GroupPath path = GroupPath.folders(linux.cgroupsPath().orElse(""), id);
        ContainerGroup made = driver.create(path, GroupSettings.creating(linux.resources()));
        group = Optional.of(made);
        return made.folders().stream().map(Path::toString).toList();
    }

    /** What a launch program needs to know of them, v1 first. */
    List<Placement.Group> placement() {
        return group.map(Groups::placement).orElse(List.of());
    }

    /** As {@link #placement()}. */
    static List<Placement.Group> placement(ContainerGroup group) {
        GroupFolders folders = group.places();
        boolean alone = folders.layout().mode() == CgroupLayout.Mode.UNIFIED;
        List<Placement.Group> legacy = new ArrayList<>();
        List<Placement.Group> unified = new ArrayList<>();
        for (GroupFolders.Place place : folders.places()) {
            boolean isUnified = place.hierarchy().unified();
            String name = alone ? "" : mountName(place.hierarchy().folder());
            (isUnified ? unified : legacy).add(new Placement.Group(place.folder(), name, isUnified));
        }
        legacy.addAll(unified);
        return legacy;
    }

    /** "memory" of /sys/fs/cgroup/memory. */
    private static String mountName(Path hierarchy) {
        return hierarchy.startsWith(STANDARD_PLACE) && !hierarchy.equals(STANDARD_PLACE)
                ? STANDARD_PLACE.relativize(hierarchy).getName(0).toString()
                : String.valueOf(hierarchy.getFileName());
    }

    void killAll() {
        group.ifPresent(ContainerGroup::killAll);
    }

    void delete() {
        group.ifPresent(ContainerGroup::delete);
    }
}
