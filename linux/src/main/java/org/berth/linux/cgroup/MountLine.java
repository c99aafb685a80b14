package org.berth.linux.cgroup;

import java.util.List;
import java.util.Optional;

/**
 * A line of the mount table, the parts that tell of control groups.
 *
 * @param device "major:minor" of the file system: one for each hierarchy
 * @param root the part of it that is mounted
 * @param superOptions options of the file system
 */
record MountLine(String device, String root, String target, String type, String superOptions) {
    /** Reads "36 31 0:33 / /sys/fs/cgroup/devices rw,relatime shared:9 - cgroup cgroup rw,devices". */
    static Optional<MountLine> parse(String line) {
        List<String> fields = List.of(line.split(" ", -1));
        int separator = fields.indexOf("-");
        if (separator < 6 || fields.size() < separator + 4) {
            return Optional.empty();
        }
        MountLine mount = new MountLine(
                fields.get(2),
                unescape(fields.get(3)),
                unescape(fields.get(4)),
                fields.get(separator + 1),
                fields.get(separator + 3));
        return Optional.of(mount).filter(found -> found.root().equals("/"));
    }

    /** Space, tab, newline and backslash are written as three octal digits. */
    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\'
                    && i + 3 < text.length()
                    && text.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
