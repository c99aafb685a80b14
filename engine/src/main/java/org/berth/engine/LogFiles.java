package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A log: the file that the monitor appends to and those rotated away from under it, {@code
 * log.frames.1} the newest of them. Only the daemon rotates, so nothing is lost while it is down.
 */
record LogFiles(Path current) {
    /** A file is rotated away once it is larger. */
    static final long FILE_BYTES_MAX = 32L << 20;
    /** Files kept, the current one included. */
    static final int FILES_MAX = 10;

    /** Where the files are. */
    Path folder() {
        return current.resolveSibling("").toAbsolutePath();
    }

    /** All files, the oldest first; those that exist. */
    List<Path> all() {
        List<Path> files = new ArrayList<>();
        for (int number = FILES_MAX - 1; number > 0; number--) {
            files.add(rotated(number));
        }
        files.add(current);
        files.removeIf(file -> !Files.exists(file));
        return files;
    }

    Path oldest() {
        List<Path> files = all();
        return files.isEmpty() ? current : files.getFirst();
    }

    /** The file that follows the one with this key; the oldest when that one has aged out. */
    Optional<Path> after(Object key) {
        List<Path> files = all();
        for (int i = files.size() - 1; i >= 0; i--) {
            if (key.equals(key(files.get(i)).orElse(""))) {
                return i + 1 < files.size() ? Optional.of(files.get(i + 1)) : Optional.empty();
            }
        }
        return files.stream().findFirst();
    }

    /** Renames every file one further when the current one is large, and lets the last go. */
    void rotate() {
        try {
            if (!Files.exists(current) || Files.size(current) < FILE_BYTES_MAX) {
                return;
            }
            for (int number = FILES_MAX - 1; number > 0; number--) {
                Path from = number == 1 ? current : rotated(number - 1);
                if (Files.exists(from)) {
                    Files.move(
                            from, rotated(number), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (NoSuchFileException e) {
            // its container was removed meanwhile
        } catch (IOException e) {
            throw Folders.failed("rotate", current, e);
        }
    }

    private Path rotated(int number) {
        return current.resolveSibling(current.getFileName() + "." + number);
    }

    private static Optional<Object> key(Path file) {
        try {
            return Optional.of(Objects.requireNonNull(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
