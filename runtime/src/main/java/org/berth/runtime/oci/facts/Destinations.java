package org.berth.runtime.oci.facts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Where the destination of a mount leads, when a link on its way leads to what is not there yet: that
 * is what is to be made. Only a name is found here; it is resolved in the root by descriptor later,
 * so that a root that changes meanwhile leads nowhere else.
 */
final class Destinations {
    /** As many as the kernel follows (path_resolution(7)). */
    private static final int LINKS_MAX = 40;

    private Destinations() {}

    /** The destination without such links; itself when all of it, or no link of it, is there. */
    static String resolve(Path root, String destination) {
        Deque<String> left = new ArrayDeque<>(parts(destination));
        Path done = Path.of("/");
        int links = 0;
        boolean missing = false;
        while (!left.isEmpty()) {
            String part = left.removeFirst();
            if (part.equals("..")) {
                done = done.getParent() == null ? done : done.getParent();
                continue;
            }
            Path next = done.resolve(part);
            Path file = root.resolve(Path.of("/").relativize(next));
            if (Files.isSymbolicLink(file) && links < LINKS_MAX) {
                links++;
                Path target = target(file);
                done = target.isAbsolute() ? Path.of("/") : done;
                parts(target.toString()).reversed().forEach(left::addFirst);
                continue;
            }
            missing |= !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
            done = next;
        }
        return missing && links > 0 ? done.toString() : destination;
    }

    private static List<String> parts(String path) {
        return Arrays.stream(path.split("/", -1))
                .filter(part -> !part.isEmpty() && !part.equals("."))
                .toList();
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            return Path.of("."); // it was one a moment ago
        }
    }
}
