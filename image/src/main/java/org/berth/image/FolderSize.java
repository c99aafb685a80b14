package org.berth.image;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Lengths of the files below a folder that others may be changing; a file of several names counts once. */
final class FolderSize {
    private FolderSize() {}

    static long of(Path folder) {
        Walk walk = new Walk();
        try {
            Path ignored = Files.walkFileTree(folder, walk);
        } catch (IOException e) {
            // gone meanwhile, with all that was in it
        }
        return walk.bytes;
    }

    /** What can't be read is gone, or about to be. */
    private static final class Walk extends SimpleFileVisitor<Path> implements FileVisitor<Path> {
        private final Set<Object> linked = new HashSet<>();
        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && isNew(file)) {
                bytes += attributes.size();
            }
            return FileVisitResult.CONTINUE;
        }

        private boolean isNew(Path file) {
            try {
                Map<String, Object> status = Files.readAttributes(file, "unix:nlink,ino", LinkOption.NOFOLLOW_LINKS);
                return Integer.valueOf(1).equals(status.get("nlink")) || linked.add(status.get("ino"));
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) {
            return FileVisitResult.CONTINUE;
        }
    }
}
