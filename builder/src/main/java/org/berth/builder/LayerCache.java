package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The layers that steps have made, by the steps' keys: a small file each. The layers themselves belong
 * to the image store, which may drop one; whoever takes an entry makes sure the layer is there.
 */
final class LayerCache {
    private static final int VERSION = 1;
    private static final int ENTRIES_MAX = 2000;
    private static final String REMEDY = "it is written anew";
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER);
    private static final Logger LOG = LoggerFactory.getLogger(LayerCache.class);

    private final Path folder;

    LayerCache(Path folder) {
        this.folder = folder;
    }

    /**
     * What a step made.
     *
     * @param made when
     */
    record Entry(String diffId, Instant made) {}

    /** What a step made; empty when it is not known, or kept in a form that this Berth does not know: then it is done again. */
    Optional<Entry> find(String key) {
        Path file = file(key);
        try {
            return Optional.of(
                    StoredRecords.decode(MAPPER, file, Files.readAllBytes(file), Entry.class, VERSION, REMEDY));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | BerthException e) {
            LOG.warn("a step is done again: {}", e.getMessage());
            return Optional.empty();
        }
    }

    void put(String key, Entry entry) {
        AtomicFiles.write(file(key), StoredRecords.encode(MAPPER, VERSION, entry));
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
