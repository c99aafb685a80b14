package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.berth.linux.user.UserRange;

/** Gives a container's fresh folders to its range of ids. */
final class Ownership {
    private Ownership() {}

    /**
     * Nothing happens when it is the range's already; the folder itself comes last, so that one that was cut short is
     * taken up again. What is in a fresh one are a few empty folders at the most.
     */
    static void give(Path folder, UserRange range) {
        try {
            if (id(folder, "unix:uid") >= range.first()) {
                return;
            }
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder)) {
                files = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                give(file, "unix:gid", range);
                give(file, "unix:uid", range);
            }
        } catch (IOException e) {
            throw Folders.failed("change the owner of", folder, e);
        }
    }

    private static void give(Path file, String kind, UserRange range) throws IOException {
        long before = id(file, kind);
        long owner = range.outside(before).orElse(before); // the range's already, where a try before was cut short
        Files.setAttribute(file, kind, (int) owner, LinkOption.NOFOLLOW_LINKS);
    }

    private static long id(Path file, String kind) throws IOException {
        return Integer.toUnsignedLong((int) Files.getAttribute(file, kind, LinkOption.NOFOLLOW_LINKS));
    }
}
