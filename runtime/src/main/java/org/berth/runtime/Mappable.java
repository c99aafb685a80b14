package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.linux.Descriptor;
import org.berth.linux.user.MappedFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which file systems can be seen through a mapping of ids; each is tried once. */
final class Mappable {
    private static final Logger LOG = LoggerFactory.getLogger(Mappable.class);
    private static final int REMEMBERED_MAX = 1024;

    private final Map<Object, Boolean> known = new ConcurrentHashMap<>();

    /** @param users any user namespace but the host's */
    boolean test(Path source, Descriptor users) {
        try {
            Object device = Files.getAttribute(source, "unix:dev");
            if (known.size() >= REMEMBERED_MAX) {
                known.clear();
            }
            return known.computeIfAbsent(device, each -> tried(source, users));
        } catch (IOException e) {
            throw new UncheckedIOException("look at " + source + ": " + e.getMessage(), e);
        }
    }

    private static boolean tried(Path source, Descriptor users) {
        boolean possible = MappedFolder.isPossible(source, users);
        if (!possible) {
            LOG.warn(
                    "the file system of {} can't map ids: in containers with ids of their own its files belong to nobody,"
                            + " and they may do with them what others may (userns_mode: host opts out)",
                    source);
        }
        return possible;
    }
}
