package org.berth.linux.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/**
 * The part of a machine's control groups that was handed to a user (kernel Documentation/admin-guide/cgroup-v2.rst,
 * "Delegation"): of each hierarchy the group that this process is in, where it may be written to.
 */
final class OwnGroups {
    /** Its rules take the rights of the machine's root, whoever owns the folder. */
    private static final String DEVICES = "devices";

    private OwnGroups() {}

    /** This process's. It may be none. */
    static CgroupLayout discover(CgroupLayout machine) {
        return of(machine, CgroupFiles.read(Path.of("/proc/self/cgroup")).orElse(""), OwnGroups::isOurs);
    }

    /**
     * Pure.
     *
     * @param own /proc/self/cgroup
     * @param ours whether a group's folder may be written to
     */
    static CgroupLayout of(CgroupLayout machine, String own, Predicate<Path> ours) {
        List<Hierarchy> hierarchies = GroupFolders.of(machine, own).places().stream()
                .filter(place -> !place.hierarchy().controllers().contains(DEVICES))
                .filter(place -> ours.test(place.folder()))
                .map(place -> new Hierarchy(
                        place.folder(),
                        place.hierarchy().controllers(),
                        place.hierarchy().unified()))
                .toList();
        return new CgroupLayout(hierarchies);
    }

    private static boolean isOurs(Path folder) {
        return Files.isWritable(folder) && Files.isWritable(folder.resolve("cgroup.procs"));
    }

    /** Which of these controllers are not to be had: "memory", "cpu", "pids". */
    static List<String> missing(CgroupLayout layout, Set<String> controllers) {
        Optional<Path> single =
                layout.mode() == CgroupLayout.Mode.UNIFIED ? layout.unified().map(Hierarchy::folder) : Optional.empty();
        Set<String> delegated = single.flatMap(folder -> CgroupFiles.read(folder.resolve("cgroup.controllers")))
                .map(text -> Set.of(text.split(" ")))
                .orElse(Set.of());
        return controllers.stream()
                .filter(each ->
                        !delegated.contains(each) && layout.controlling(each).isEmpty())
                .sorted()
                .toList();
    }
}
