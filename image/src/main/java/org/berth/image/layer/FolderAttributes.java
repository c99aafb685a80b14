package org.berth.image.layer;

import java.nio.file.Path;
import java.util.Optional;
import org.berth.linux.Descriptor;

/** Owner, mode and marks of a root. */
public final class FolderAttributes {
    private static final int MODE = 0755;

    private FolderAttributes() {}

    /** Gives a folder the owner and mode of another; empty: root's, 0755. */
    public static void set(Path folder, Optional<Path> like) {
        try (FileCalls calls = new FileCalls();
                Descriptor own = calls.open(folder)) {
            if (like.isEmpty()) {
                calls.own(own, ".", 0, 0);
                calls.permit(own, ".", MODE);
                return;
            }
            try (Descriptor other = calls.open(like.get())) {
                FileStatus status = calls.status(other);
                calls.own(own, ".", status.uid(), status.gid());
                calls.permit(own, ".", status.permissions());
            }
        }
    }

    /** Whether a folder bears overlayfs's mark that it hides what is below. */
    public static boolean isOpaque(Path folder) {
        try (FileCalls calls = new FileCalls();
                Descriptor open = calls.open(folder)) {
            return calls.attribute(open, ".", Whiteouts.OPAQUE_ATTRIBUTE).isPresent();
        }
    }
}
