package org.berth.linux.cgroup;

import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Where a container's group is to be: what OCI's {@code cgroupsPath} says. */
public sealed interface GroupPath {
    /** From the root of every hierarchy. @param path without a leading slash */
    record Absolute(String path) implements GroupPath {}

    /**
     * Beside the caller: on v1 below the group it is in, on v2 below the one above (a group with processes
     * of its own can have no limited groups below it).
     *
     * @param path without a leading slash
     */
    record Relative(String path) implements GroupPath {}

    /**
     * A scope of systemd's.
     *
     * @param slice its unit, "user.slice"
     * @param unit the scope's, "berth-ID.scope"; it may be a slice too
     */
    record Systemd(String slice, String unit) implements GroupPath {}

    /**
     * Reads a {@code cgroupsPath} for a driver that makes folders.
     *
     * @param text "" for a relative path that is the container's id
     * @throws BerthException INVALID when it leads out of the hierarchy or holds an unfit character
     */
    static GroupPath folders(String text, String id) {
        String given = text.isEmpty() ? id : text;
        List<String> names = List.of(given.split("/", -1)).stream()
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .toList();
        if (names.isEmpty() || names.contains("..") || given.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "cgroupsPath '" + text + "': expected folder names below the hierarchy, without '..'");
        }
        String path = String.join("/", names);
        return given.startsWith("/") ? new Absolute(path) : new Relative(path);
    }

    /**
     * Reads a {@code cgroupsPath} for systemd: "slice:prefix:name".
     *
     * @param text "" for "system.slice:berth:ID" (below the user's own manager: "user.slice:berth:ID")
     * @throws BerthException INVALID when it has another form
     */
    static Systemd systemd(String text, String id, boolean rootless) {
        String standard = rootless ? "user.slice" : "system.slice";
        String[] parts = (text.isEmpty() ? ":berth:" + id : text).split(":", -1);
        if (parts.length != 3 || parts[2].isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "cgroupsPath '" + text + "': expected \"slice:prefix:name\" for the systemd driver");
        }
        String slice = parts[0].isEmpty() ? standard : parts[0];
        String unit = parts[2].endsWith(".slice")
                ? parts[2]
                : (parts[1].isEmpty() ? "" : parts[1] + "-") + parts[2] + ".scope";
        for (String name : List.of(slice, unit)) {
            if (!name.matches("[A-Za-z0-9:_.\\\\@-]{1,255}") || name.startsWith(".")) {
                throw new BerthException(
                        ErrorCode.INVALID, "cgroupsPath '" + text + "': '" + name + "' can't be a unit's name");
            }
        }
        if (!slice.endsWith(".slice")) {
            throw new BerthException(
                    ErrorCode.INVALID, "cgroupsPath '" + text + "': the slice must end in .slice, not '" + slice + "'");
        }
        return new Systemd(slice, unit);
    }
}
