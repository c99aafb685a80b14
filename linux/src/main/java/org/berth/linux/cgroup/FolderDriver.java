package org.berth.linux.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/** Makes groups by making their folders in every hierarchy. */
final class FolderDriver implements GroupDriver {
    private static final Path OWN_GROUPS = Path.of("/proc/self/cgroup");
    private static final Set<Integer> NOT_OURS = Set.of(Errno.EACCES, Errno.EPERM, Errno.EROFS);

    private final CgroupLayout layout;
    private final Tolerance tolerance;

    FolderDriver(CgroupLayout layout, Tolerance tolerance) {
        this.layout = layout;
        this.tolerance = tolerance;
    }

    @Override
    public ContainerGroup create(GroupPath path, GroupResources resources) {
        return create(
                GroupFolders.resolve(layout, path, CgroupFiles.read(OWN_GROUPS).orElse("")),
                resources,
                group -> refuseOccupied(group, path));
    }

    /** A group that another has made, in some hierarchies at least, with a process that holds its place. */
    ContainerGroup adopt(String path, GroupResources resources) {
        return create(GroupFolders.resolve(layout, new GroupPath.Absolute(path), ""), resources, _ -> {});
    }

    private ContainerGroup create(GroupFolders wanted, GroupResources resources, Consumer<ContainerGroup> check) {
        List<GroupFolders.Place> places = new ArrayList<>();
        List<Path> made = new ArrayList<>();
        try {
            for (GroupFolders.Place place : wanted.places()) {
                if (make(place, made)) {
                    places.add(place);
                }
            }
            ContainerGroup group = new ContainerGroup(new GroupFolders(layout, places));
            if (!places.isEmpty()) {
                check.accept(group);
            }
            if (!places.isEmpty() || !resources.equals(GroupResources.NONE)) {
                apply(group, resources);
            }
            return group;
        } catch (SystemCallException | BerthException e) {
            made.reversed().forEach(CgroupFiles::removeFolder);
            throw e;
        }
    }

    @Override
    public void delete(GroupPath path, ContainerGroup group) {
        group.delete();
    }

    /** Without any place there is nothing to hold devices; an ordinary user can't load their program either. */
    private void apply(ContainerGroup group, GroupResources resources) {
        boolean rootless = tolerance == Tolerance.ROOTLESS;
        GroupResources applied = rootless ? resources.withDevices(java.util.Optional.empty()) : resources;
        group.apply(applied, !rootless);
    }

    /** @return whether the group is there now; the folders that were missing are added to {@code made} */
    private boolean make(GroupFolders.Place place, List<Path> made) {
        try {
            for (Path folder : missing(place)) {
                CgroupFiles.makeFolder(folder);
                made.add(folder);
            }
            prepare(place);
            return true;
        } catch (SystemCallException e) {
            if (tolerance == Tolerance.ROOTLESS && NOT_OURS.contains(e.errno())) {
                return Files.isWritable(place.folder().resolve("cgroup.procs"));
            }
            throw e;
        }
    }

    /** Folders to make, from the hierarchy's root on. */
    private static List<Path> missing(GroupFolders.Place place) {
        return chain(place.hierarchy().folder(), place.folder())
                .filter(folder -> !Files.isDirectory(folder))
                .toList();
    }

    /** Every folder below the hierarchy's root down to the group's. */
    private static Stream<Path> chain(Path root, Path folder) {
        Path below = root.relativize(folder);
        return Stream.iterate(1, count -> count + 1)
                .limit(below.getNameCount())
                .map(count -> root.resolve(below.subpath(0, count)));
    }

    private static void prepare(GroupFolders.Place place) {
        Hierarchy hierarchy = place.hierarchy();
        if (hierarchy.unified()) {
            handDown(hierarchy.folder());
            chain(hierarchy.folder(), place.folder())
                    .filter(folder -> !folder.equals(place.folder()))
                    .forEach(FolderDriver::handDown);
        } else if (hierarchy.controllers().contains("cpuset")) {
            chain(hierarchy.folder(), place.folder()).forEach(FolderDriver::inheritProcessors);
        }
    }

    /**
     * Gives a v2 group's controllers to those below it, each by a write of its own: one that can't be given
     * (real-time processes, processes in the group itself) is not to keep the others back. What is then
     * missing is named when something is set by it.
     */
    private static void handDown(Path folder) {
        String given =
                " " + CgroupFiles.read(folder.resolve("cgroup.subtree_control")).orElse("") + " ";
        for (String controller : CgroupFiles.read(folder.resolve("cgroup.controllers"))
                .orElse("")
                .split(" ", -1)) {
            if (!controller.isEmpty() && !given.contains(" " + controller + " ")) {
                try {
                    CgroupFiles.write(folder.resolve("cgroup.subtree_control"), "+" + controller);
                } catch (SystemCallException e) {
                    if (e.errno() == Errno.ENOENT) {
                        throw e;
                    }
                }
            }
        }
    }

    /** A v1 group without processors and memory nodes takes no process (cpuset(7)): it gets those of the one above. */
    private static void inheritProcessors(Path folder) {
        for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
            String own = CgroupFiles.read(folder.resolve(file)).orElse("");
            String above = CgroupFiles.read(folder.resolveSibling(file)).orElse("");
            if (own.isEmpty() && !above.isEmpty()) {
                CgroupFiles.write(folder.resolve(file), above);
            }
        }
    }

    /** Two containers in one group would die of each other's end. */
    private static void refuseOccupied(ContainerGroup group, GroupPath path) {
        List<Long> processes = group.processes();
        if (!processes.isEmpty()) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "control group " + group.folders().getFirst() + " has processes already (" + processes.getFirst()
                            + " is one); expected an empty one for " + path);
        }
        if (group.exists() && group.frozen()) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "control group " + group.folders().getFirst() + " is frozen; thaw it or name another");
        }
    }
}
