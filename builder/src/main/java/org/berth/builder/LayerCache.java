package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;

/**
 * The layers that steps have made, by the steps' keys: a small file each. The layers themselves belong
 * to the image store, which may drop one; whoever takes an entry makes sure the layer is there.
 */
final class LayerCache {
    private static final int VERSION = 1;
    private static final int ENTRIES_MAX = 2000;

    private final Path folder;

    LayerCache(Path folder) {
        this.folder = folder;
    }

    /**
     * What a step made.
     *
     * @param made when
     */
    record Entry(int version, String diffId, Instant made) {
        Entry(String diffId, Instant made) {
            this(VERSION, diffId, made);
        }
    }

    Optional<Entry> find(String key) {
        Path file = file(key);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            Entry entry = Json.MAPPER.readValue(Files.readString(file), Entry.class);
            if (entry.version() != VERSION) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        file + " has version " + entry.version() + "; this Berth knows version " + VERSION
                                + ": use the newer one, or remove the file");
            }
            return Optional.of(entry);
        } catch (IOException | JacksonException e) {
            return Optional.empty(); // removed meanwhile, or not ours: the step is done again
        }
    }

    void put(String key, Entry entry) {
        AtomicFiles.write(file(key), Json.MAPPER.writeValueAsBytes(entry));
        sweep();
    }

    void forget(String key) {
        try {
            Files.deleteIfExists(file(key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The oldest entries go when there are too many. */
    private void sweep() {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            if (all.size() > ENTRIES_MAX) {
                List<Path> oldest = all.stream()
                        .sorted(Comparator.comparingLong(file -> file.toFile().lastModified()))
                        .limit(all.size() - ENTRIES_MAX / 2L)
                        .toList();
                for (Path file : oldest) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(String key) {
        return folder.resolve(key + ".json");
    }
}
