package org.berth.engine;

import java.nio.file.Path;
import java.util.List;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;

/**
 * What the runtime made in a root only to have something to mount on. It is no change that a user
 * made, so it doesn't belong in a layer.
 */
final class Stubs {
    private static final List<String> FILES = List.of("/etc/hostname", "/etc/hosts", "/etc/resolv.conf");

    private Stubs() {}

    /** While the container ran these were covered, so an empty file there is not the program's. */
    static void remove(Path upper, ContainerRequest request) {
        try (InRoot root = InRoot.open(upper)) {
            for (String file : FILES) {
                root.find(file, LastLink.KEEP)
                        .filter(status -> status.isRegular() && status.sizeBytes() == 0)
                        .ifPresent(status -> root.unlink(file));
            }
            if (!request.secrets().isEmpty()
                    && root.find(SecretFiles.TARGET, LastLink.KEEP)
                            .filter(FileStatus::isFolder)
                            .isPresent()
                    && root.list(SecretFiles.TARGET).isEmpty()) {
                root.removeAll(SecretFiles.TARGET);
            }
        }
    }
}
