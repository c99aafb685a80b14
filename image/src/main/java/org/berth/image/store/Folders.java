package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.FileErrors;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The store's own folders: made, listed, and changed by renames that outlast a power cut. */
final class Folders {
    /** What a crash left unfinished begins so; it is removed when the store is opened. */
    static final String DRAFT_PREFIX = ".draft-";

    private static final Logger LOG = LoggerFactory.getLogger(Folders.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Folders() {}

    static Path make(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileErrors.of("make the folder " + folder, e);
        }
    }

    /** A path for something unfinished, not yet there. */
    static Path draft(Path parent) {
        byte[] name = new byte[12];
        RANDOM.nextBytes(name);
        return parent.resolve(DRAFT_PREFIX + HexFormat.of().formatHex(name));
    }

    /** Renames and makes the rename last; what has the name already must be a file, or an empty folder. */
    static void commit(Path draft, Path target) throws IOException {
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.toAbsolutePath().resolveSibling(""));
    }

    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Takes a folder out of use by a rename, then removes what is in it. */
    static void remove(Path folder) throws IOException {
        retire(folder).ifPresent(Folders::removeAll);
    }

    /** Takes a folder out of use by a rename, which is quick. @return what is to be removed, if it was there */
    static Optional<Path> retire(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return Optional.empty();
        }
        Path doomed = draft(folder.toAbsolutePath().resolveSibling(""));
        Files.move(folder, doomed, StandardCopyOption.ATOMIC_MOVE);
        return Optional.of(doomed);
    }

    /** Removes a file, or a folder with all that is in it. */
    static void removeAll(Path entry) {
        try (InRoot root = InRoot.open(entry.toAbsolutePath().resolveSibling(""));
                Folder parent = root.folder("/")) {
            parent.removeAll(name(entry));
        }
    }

    static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("list " + folder + ": " + e.getMessage(), e);
        }
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** Removes what crashes left unfinished in a folder. */
    static void removeDrafts(Path folder) {
        for (Path entry : list(folder)) {
            if (name(entry).startsWith(DRAFT_PREFIX)) {
                removeIfPossible(entry);
            }
        }
    }

    /** What can't be removed is only in the way of the disk's room. */
    private static void removeIfPossible(Path draft) {
        try {
            removeAll(draft);
        } catch (SystemCallException e) {
            LOG.warn("{} stays, which a crash left unfinished: {}", draft, e.getMessage());
        }
    }
}
