package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.cgroup.CgroupLayout;
import org.berth.linux.cgroup.ContainerGroup;
import org.berth.linux.cgroup.GroupDriver;
import org.berth.linux.cgroup.GroupDriver.Tolerance;
import org.berth.linux.cgroup.GroupFolders;
import org.berth.linux.cgroup.GroupPath;
import org.berth.linux.cgroup.GroupResources;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.plan.Placement;

/** The control groups of one container, from their making to their removal. */
final class Groups {
    private static final Path STANDARD_PLACE = Path.of("/sys/fs/cgroup");

    private final LinuxPart linux;
    private final String id;
    private final GroupManager manager;
    private Optional<ContainerGroup> group = Optional.empty();
    private Optional<GroupDriver> driver = Optional.empty();

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
        boolean systemd = manager == GroupManager.SYSTEMD;
        ContainerGroup made =
                driver(systemd).create(path(linux, id, systemd), GroupSettings.creating(linux.resources()));
        group = Optional.of(made);
        return made.folders().stream().map(Path::toString).toList();
    }

    /** What the process's scheduler needs of them, as far as it is not among the resources. */
    void giveRealtime(OciConfig config) {
        RealtimeShare.give(config, group);
    }

    /** The container's process is in them now. */
    void joined() {
        driver.ifPresent(each -> group.ifPresent(each::joined));
    }

    /** Removes those of a container whose processes have ended. @param linux of its configuration, as far as it is known */
    static void delete(ContainerState state, Optional<LinuxPart> linux, ContainerGroup group) {
        if (state.systemd() && linux.isPresent()) {
            make(true).delete(path(linux.get(), state.id(), true), group);
        } else {
            group.delete();
        }
    }

    /** Sets what the resources name. */
    static void update(
            ContainerState state, Optional<LinuxPart> linux, ContainerGroup group, GroupResources resources) {
        if (state.systemd() && linux.isPresent()) {
            make(true).update(path(linux.get(), state.id(), true), group, resources);
        } else {
            group.update(resources);
        }
    }

    private GroupDriver driver(boolean systemd) {
        GroupDriver made = make(systemd);
        driver = Optional.of(made);
        return made;
    }

    private static GroupDriver make(boolean systemd) {
        CgroupLayout layout = CgroupLayout.discover();
        Tolerance tolerance = Privileges.ofHost() ? Tolerance.NONE : Tolerance.ROOTLESS;
        if (!systemd) {
            return GroupDriver.folders(layout, tolerance);
        }
        long user = SystemCalls.call("ask for our user id", SystemCallNumber.GETEUID);
        Optional<Path> runtimeFolder =
                Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).map(Path::of);
        return GroupDriver.systemd(layout, tolerance, user, runtimeFolder, runtimeFolder.orElse(Path.of("/run")));
    }

    private static GroupPath path(LinuxPart linux, String id, boolean systemd) {
        String given = linux.cgroupsPath().orElse("");
        return systemd ? GroupPath.systemd(given, id, !Privileges.ofHost()) : GroupPath.folders(given, id);
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
        GroupPath path = path(linux, id, manager == GroupManager.SYSTEMD);
        driver.ifPresent(made -> group.ifPresent(each -> made.delete(path, each)));
    }
}
