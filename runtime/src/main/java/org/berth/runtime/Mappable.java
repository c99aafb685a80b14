package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.linux.Descriptor;
import org.berth.linux.user.MappedFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be seen through a mapping of ids: a file when its file system can, which is tried once; a folder when all that
 * is mounted below it can as well, for the kernel maps all or nothing (mount_setattr(2)). A folder that can is taken for
 * one that still can, a launch program finds out otherwise; one that can't is tried again.
 */
final class Mappable {
    private static final Logger LOG = LoggerFactory.getLogger(Mappable.class);
    private static final int REMEMBERED_MAX = 1024;

    private final Map<Object, Boolean> fileSystems = new ConcurrentHashMap<>();
    private final Set<Path> folders = ConcurrentHashMap.newKeySet();
    private final Set<Object> said = ConcurrentHashMap.newKeySet();

    /** @param users any user namespace but the host's */
    boolean test(Path source, Descriptor users) {
        return Files.isDirectory(source) ? testFolder(source, users) : testFileSystem(source, users);
    }

    private boolean testFileSystem(Path source, Descriptor users) {
        Object device = device(source);
        if (fileSystems.size() >= REMEMBERED_MAX) {
            fileSystems.clear();
        }
        boolean possible = fileSystems.computeIfAbsent(device, each -> MappedFolder.isPossible(source, users));
        if (!possible) {
            say(device, "the file system of " + source);
        }
        return possible;
    }

    private boolean testFolder(Path source, Descriptor users) {
        if (folders.contains(source)) {
            return true;
        }
        boolean possible = MappedFolder.isPossibleWithAllBelow(source, users);
        if (possible && folders.size() < REMEMBERED_MAX) {
            folders.add(source);
        } else if (!possible && testFileSystem(source, users)) {
            say(source, "what is mounted below " + source);
        }
        return possible;
    }

    private static Object device(Path source) {
        try {
            return Files.getAttribute(source, "unix:dev");
        } catch (IOException e) {
            throw new UncheckedIOException("look at " + source + ": " + e.getMessage(), e);
        }
    }

    private void say(Object once, String what) {
        if (said.size() < REMEMBERED_MAX && said.add(once)) {
            LOG.warn(
                    "{} can't map ids: in containers with ids of their own all files there belong to nobody, and they may"
                            + " do with them what others may (userns_mode: host opts out)",
                    what);
        }
    }
}
