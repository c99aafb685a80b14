package org.berth.engine;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The layer below every container's layers: empty places for what is mounted in each of them. Where an
 * image has a place of its own, that one is seen; where it has none, nothing need be made in the
 * container's writable folder at its start, and removed at its end.
 */
final class Ground {
    private static final List<String> FOLDERS = List.of("dev", "etc", "proc", "sys");

    private final Path folder;

    private Ground(Path folder) {
        this.folder = folder;
    }

    /** Makes what is missing of it. */
    static Ground at(Path folder) {
        try {
            make(folder);
            for (String name : FOLDERS) {
                make(folder.resolve(name));
            }
            for (String name : NetworkFiles.NAMES) {
                Path file = folder.resolve("etc").resolve(name);
                if (!Files.exists(file)) {
                    Files.createFile(file);
                }
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            }
            return new Ground(folder);
        } catch (IOException e) {
            throw Folders.failed("make", folder, e);
        }
    }

    private static void make(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            // made at an earlier start
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** These layers, the topmost first, on the ground. */
    List<Path> below(List<Path> layers) {
        List<Path> all = new ArrayList<>(layers);
        all.add(folder);
        return List.copyOf(all);
    }
}
