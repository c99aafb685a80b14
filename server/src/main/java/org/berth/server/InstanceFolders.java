package org.berth.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;

/** The folders of an instance, which only their owner may enter. */
final class InstanceFolders {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private InstanceFolders() {}

    /** Makes the folders, and closes them to others where they were open. */
    static void prepare(Instance instance) {
        for (Path folder : List.of(instance.root(), instance.run())) {
            try {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
                Files.setPosixFilePermissions(folder, PRIVATE);
            } catch (IOException e) {
                throw new BerthException(
                        ErrorCode.UNAVAILABLE,
                        "prepare " + folder + ": " + e.getMessage()
                                + " (run as root, or choose another folder with BERTH_ROOT and BERTH_RUN)",
                        e);
            }
        }
    }

    /**
     * Sends what libraries unpack (SQLite's and zstd's shared objects) into BERTH_RUN/native: a
     * world-writable temporary folder is no place for code that root loads. Before any is loaded.
     */
    static void keepNativesIn(Instance instance) {
        Path folder = instance.run().resolve("native");
        try {
            empty(folder); // a killed daemon leaves its copies
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "prepare " + folder + ": " + e.getMessage(), e);
        }
        for (String property : List.of("org.sqlite.tmpdir", "ZstdTempFolder", "java.io.tmpdir")) {
            System.setProperty(property, folder.toString());
        }
    }

    /** Removes what {@link #keepNativesIn} led to. */
    static void removeNatives(Instance instance) throws IOException {
        empty(instance.run().resolve("native"));
    }

    private static void empty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
