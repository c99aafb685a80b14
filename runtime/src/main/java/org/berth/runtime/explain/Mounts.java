package org.berth.runtime.explain;

import java.util.ArrayList;
import java.util.List;

/** What a mount table (proc_pid_mountinfo(5)) says, for people. */
final class Mounts {
    private static final int TARGET = 4;
    private static final int OPTIONS = 5;
    private static final int ROOT = 3;
    private static final int FIELDS_MIN = 10;

    private Mounts() {}

    /** The root's mount and its layers. */
    static List<String> root(String mountinfo, List<String> layers) {
        List<String> lines = new ArrayList<>();
        mountinfo
                .lines()
                .map(line -> line.split(" ", -1))
                .filter(Mounts::isRoot)
                .map(Mounts::describe)
                .forEach(lines::add);
        for (int i = 0; i < layers.size(); i++) {
            lines.add((i == 0 ? "written to: " : "layer " + i + ": ") + layers.get(i));
        }
        return lines;
    }

    /** Every other mount, in the order they were made. */
    static List<String> others(String mountinfo) {
        return mountinfo
                .lines()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length >= FIELDS_MIN && !isRoot(fields))
                .map(Mounts::describe)
                .toList();
    }

    private static boolean isRoot(String[] fields) {
        return fields.length >= FIELDS_MIN && fields[TARGET].equals("/");
    }

    private static String describe(String[] fields) {
        int dash = List.of(fields).indexOf("-");
        String type = fields[dash + 1];
        String inner = fields[ROOT].equals("/") || type.equals("overlay") ? "" : ", shows " + fields[ROOT];
        return "%s  %s (%s)%s".formatted(fields[TARGET], type, fields[OPTIONS], inner);
    }
}
