package org.berth.builder;

import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;

/**
 * A small text file that a build reads by itself: its Dockerfile, its ignore rules. One in the build's folder is resolved in
 * that by descriptor, so that a link which came with the folder shows nothing of the host; one that the user names elsewhere
 * is the user's own.
 *
 * @param root what links stay in
 * @param path in it
 * @param shown for errors
 */
record FileOfBuild(Path root, String path, Path shown) {
    static final int BYTES_MAX = 1024 * 1024;

    static FileOfBuild of(BuildRequest request, Path file) {
        Path folder = request.context().toAbsolutePath().normalize();
        Path absolute = file.toAbsolutePath().normalize();
        return absolute.startsWith(folder)
                ? new FileOfBuild(folder, "/" + folder.relativize(absolute), file)
                : new FileOfBuild(Path.of("/"), absolute.toString(), file);
    }

    boolean isThere() {
        try (InRoot in = InRoot.open(root)) {
            return in.find(path, LastLink.FOLLOW).filter(FileStatus::isRegular).isPresent();
        }
    }

    /** Its text; empty when it is not there. */
    Optional<String> text() {
        try (InRoot in = InRoot.open(root)) {
            Optional<FileStatus> status = in.find(path, LastLink.FOLLOW).filter(FileStatus::isRegular);
            if (status.isEmpty()) {
                return Optional.empty();
            }
            if (status.get().sizeBytes() > BYTES_MAX) {
                throw new BerthException(ErrorCode.INVALID, shown + ": longer than " + BYTES_MAX + " bytes");
            }
            return in.readText(path, BYTES_MAX);
        }
    }
}
