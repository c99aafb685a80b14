package org.berth.runtime.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.linux.user.IdMaps;
import org.berth.runtime.Capabilities;

/** What a process may do, from its status (proc_pid_status(5)). */
final class Rights {
    private static final int HEXADECIMAL = 16;

    private Rights() {}

    /** What of its rights makes the jail none, for who does not know what to look for. */
    static List<String> warnings(String status, String map) {
        boolean machinesRoot = ids(map).stream().anyMatch(line -> line.startsWith("those of this machine"));
        boolean rules = names(field(status, "CapBnd")).contains("CAP_SYS_ADMIN");
        if (!machinesRoot || !rules) {
            return List.of();
        }
        return List.of(
                field(status, "Seccomp").equals("2")
                        ? "it may administer this machine (CAP_SYS_ADMIN, with the machine's user ids)"
                        : "privileged: whoever rules this container rules this machine");
    }

    /** What its user ids are on this machine, from uid_map (user_namespaces(7)). */
    static List<String> ids(String map) {
        return map.lines()
                .map(line -> line.trim().split(" +", -1))
                .filter(parts -> parts.length == 3)
                .map(Rights::ids)
                .toList();
    }

    private static String ids(String[] parts) {
        long inside = Long.parseLong(parts[0]);
        long outside = Long.parseLong(parts[1]);
        long count = Long.parseLong(parts[2]);
        if (inside == outside) {
            return "those of this machine: its root is the machine's";
        }
        return "%d to %d are %d to %d of this machine"
                .formatted(inside, inside + count - 1, outside, outside + count - 1);
    }

    /** @param map uid_map: what it is inside is told first */
    static List<String> identity(String status, String map) {
        return List.of(
                "user: " + told(first(field(status, "Uid")), map),
                "group: " + told(first(field(status, "Gid")), map),
                "additional groups: "
                        + orNone(Stream.of(field(status, "Groups").split("\\s+", -1))
                                .filter(id -> !id.isEmpty())
                                .map(id -> told(id, map))
                                .collect(Collectors.joining(" "))),
                "gains no new privileges: " + (field(status, "NoNewPrivs").equals("1") ? "yes" : "no"));
    }

    private static String told(String id, String map) {
        if (!id.matches("[0-9]{1,10}")) {
            return id;
        }
        long outside = Long.parseLong(id);
        long inside = IdMaps.inside(map, outside).orElse(outside);
        return inside == outside ? id : inside + " (" + id + " of this machine)";
    }

    static List<String> capabilities(String status) {
        return List.of(
                "effective: " + names(field(status, "CapEff")),
                "permitted: " + names(field(status, "CapPrm")),
                "bounding: " + names(field(status, "CapBnd")),
                "inheritable: " + names(field(status, "CapInh")),
                "ambient: " + names(field(status, "CapAmb")));
    }

    static List<String> filter(String status) {
        return List.of(
                switch (field(status, "Seccomp")) {
                    case "2" -> "system calls are filtered, filters loaded: " + field(status, "Seccomp_filters");
                    case "1" -> "only read, write and exit are allowed";
                    default -> "system calls are not filtered";
                });
    }

    private static String names(String mask) {
        if (mask.isEmpty()) {
            return "unknown";
        }
        long bits = Long.parseUnsignedLong(mask, HEXADECIMAL);
        List<String> names = new ArrayList<>();
        for (int number = 0; number < Long.SIZE; number++) {
            if ((bits & 1L << number) != 0) {
                names.add(Capabilities.name(number));
            }
        }
        return orNone(String.join(" ", names));
    }

    private static String field(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String first(String values) {
        return values.split("\\s", 2)[0];
    }

    private static String orNone(String text) {
        return text.isEmpty() ? "none" : text;
    }
}
