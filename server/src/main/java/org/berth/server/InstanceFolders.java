package org.berth.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
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
import org.sqlite.JDBC;

/** The folders of an instance, which only their owner may enter. */
final class InstanceFolders {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    /** Where SQLite's library is among the resources of its jar. */
    private static final String SQLITE = "/org/sqlite/native/Linux/x86_64/libsqlitejdbc.so";

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
                        "prepare " + folder + ": " + reason(e)
                                + " (run as root, or choose another folder with BERTH_ROOT and BERTH_RUN)",
                        e);
            }
        }
    }

    /** Java says of a refusal only what it was about. */
    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
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
        unpackSqlite(folder);
    }

    /**
     * Unpacks SQLite's library ourselves: left alone, its loader runs {@code uname} to learn what
     * machine this is.
     */
    private static void unpackSqlite(Path folder) {
        Path library = folder.resolve("libsqlitejdbc.so");
        try (InputStream resource = JDBC.class.getResourceAsStream(SQLITE)) {
            if (resource == null) {
                return; // packed in another way: the loader finds it
            }
            Files.copy(resource, library);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "unpack " + library + ": " + e.getMessage(), e);
        }
        System.setProperty("org.sqlite.lib.path", folder.toString());
        System.setProperty("org.sqlite.lib.name", "libsqlitejdbc.so");
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
