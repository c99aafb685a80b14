package org.berth.linux.user;

import java.util.OptionalLong;

/** Reads uid_map and gid_map of processes (user_namespaces(7)). */
public final class IdMaps {
    private IdMaps() {}

    /** What an id of this machine is inside; empty when it is nothing there. @param map the file's text */
    public static OptionalLong inside(String map, long outside) {
        for (String line : map.lines().toList()) {
            String[] parts = line.trim().split(" +", -1);
            long after = parts.length == 3 ? outside - Long.parseLong(parts[1]) : -1;
            if (after >= 0 && after < Long.parseLong(parts[2])) {
                return OptionalLong.of(Long.parseLong(parts[0]) + after);
            }
        }
        return OptionalLong.empty();
    }
}
