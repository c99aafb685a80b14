package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/**
 * One group's folders: one for each hierarchy of the machine that has it. Pure.
 *
 * @param places in the layout's order
 */
public record GroupFolders(CgroupLayout layout, List<Place> places) {
    public GroupFolders {
        places = List.copyOf(places);
    }

    /** The group's folder in a hierarchy. */
    public record Place(Hierarchy hierarchy, Path folder) {}

    /**
     * Where a path leads.
     *
     * @param own the caller's groups, /proc/self/cgroup (cgroups(7))
     * @throws BerthException UNSUPPORTED for a path of systemd's: only systemd can say
     */
    static GroupFolders resolve(CgroupLayout layout, GroupPath path, String own) {
        return switch (path) {
            case GroupPath.Absolute(String below) ->
                everywhere(layout, hierarchy -> hierarchy.folder().resolve(below));
            case GroupPath.Relative(String below) -> {
                Map<String, String> groups = own(own);
                yield everywhere(
                        layout, hierarchy -> beside(layout, hierarchy, groups).resolve(below));
            }
            case GroupPath.Systemd(String slice, String unit) ->
                throw new BerthException(
                        ErrorCode.UNSUPPORTED, unit + " in " + slice + " is made by systemd; use its driver");
        };
    }

    /** The folders of a process, /proc/PID/cgroup. */
    static GroupFolders of(CgroupLayout layout, String processGroups) {
        Map<String, String> groups = own(processGroups);
        return everywhere(layout, hierarchy -> below(hierarchy, groups));
    }

    /**
     * Of folders that were kept.
     *
     * @throws BerthException INVALID when one lies in no hierarchy of this machine
     */
    public static GroupFolders of(CgroupLayout layout, List<Path> folders) {
        List<Place> places = new ArrayList<>();
        for (Path folder : folders) {
            Hierarchy hierarchy = layout.hierarchies().stream()
                    .filter(each -> folder.startsWith(each.folder()))
                    .max((one, other) -> Integer.compare(
                            one.folder().getNameCount(), other.folder().getNameCount()))
                    .orElseThrow(() -> new BerthException(
                            ErrorCode.INVALID, folder + " lies in no hierarchy of control groups of this machine"));
            places.add(new Place(hierarchy, folder));
        }
        return new GroupFolders(layout, places);
    }

    /** The folders, in the layout's order. */
    public List<Path> folders() {
        return places.stream().map(Place::folder).toList();
    }

    /** Its folder in the v1 hierarchy of a controller. */
    public Optional<Path> legacy(String controller) {
        return places.stream()
                .filter(place -> place.hierarchy().controllers().contains(controller))
                .map(Place::folder)
                .findFirst();
    }

    /** Its folder in the unified hierarchy. */
    public Optional<Path> unified() {
        return places.stream()
                .filter(place -> place.hierarchy().unified())
                .map(Place::folder)
                .findFirst();
    }

    /** Whether there are no v1 hierarchies. */
    boolean onlyUnified() {
        return layout.mode() == CgroupLayout.Mode.UNIFIED;
    }

    private static GroupFolders everywhere(CgroupLayout layout, java.util.function.Function<Hierarchy, Path> folder) {
        return new GroupFolders(
                layout,
                layout.hierarchies().stream()
                        .map(hierarchy -> new Place(hierarchy, folder.apply(hierarchy)))
                        .toList());
    }

    private static Path beside(CgroupLayout layout, Hierarchy hierarchy, Map<String, String> groups) {
        Path folder = below(hierarchy, groups);
        boolean root = folder.equals(hierarchy.folder());
        return layout.mode() == CgroupLayout.Mode.UNIFIED && !root ? folder.resolveSibling("") : folder;
    }

    private static Path below(Hierarchy hierarchy, Map<String, String> groups) {
        String key = hierarchy.unified()
                ? ""
                : hierarchy.controllers().stream()
                        .filter(groups::containsKey)
                        .findFirst()
                        .orElse("-");
        String path = groups.getOrDefault(key, "/");
        // a path that begins with "/.." lies outside the caller's cgroup namespace
        return path.startsWith("/..") ? hierarchy.folder() : hierarchy.folder().resolve(path.substring(1));
    }

    /** "4:memory:/user" by controller; the unified one is "0::/user". */
    private static Map<String, String> own(String text) {
        Map<String, String> groups = new HashMap<>();
        text.lines().forEach(line -> {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && fields[2].startsWith("/")) {
                for (String controller : fields[1].split(",", -1)) {
                    groups.put(controller, fields[2]);
                }
            }
        });
        return groups;
    }
}
