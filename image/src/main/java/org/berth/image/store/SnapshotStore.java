package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.MergedRoot;

/**
 * Writable roots on layers: for each key a folder with {@code upper} and {@code work} for overlayfs and the record of the
 * layers below. It appears and disappears by a rename. Safe for concurrent use.
 */
public final class SnapshotStore {
    private static final int VERSION = 1;
    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    private static final String RECORD = "snapshot.json";
    private static final String UPPER = "upper";
    private static final String WORK = "work";

    private final Path folder;

    /** Snapshots in this folder. */
    public SnapshotStore(Path folder) {
        this.folder = Folders.make(folder);
    }

    /**
     * A snapshot.
     *
     * @param layers diff ids, the lowest first
     */
    public record Stored(String key, List<Digest> layers, Path upper, Path work) {}

    private record Document(int version, List<String> layers) {}

    /**
     * Makes a snapshot.
     *
     * @param layers diff ids, the lowest first
     * @param filling puts what belongs there into the upper folder, before the snapshot appears
     * @throws BerthException CONFLICT when there is one of this key
     */
    public Stored prepare(String key, List<Digest> layers, Consumer<MergedRoot.Changes> filling) {
        checked(key);
        if (find(key).isPresent()) {
            throw new BerthException(ErrorCode.CONFLICT, "snapshot " + key + " exists already");
        }
        Path draft = Folders.make(Folders.draft(folder));
        try {
            Path upper = Folders.make(draft.resolve(UPPER));
            Path work = Folders.make(draft.resolve(WORK));
            filling.accept(new MergedRoot.Changes(upper, work));
            StoredFiles.write(
                    draft.resolve(RECORD),
                    new Document(VERSION, layers.stream().map(Digest::toString).toList()));
            Folders.commit(draft, folder.resolve(key));
            return new Stored(
                    key,
                    layers,
                    folder.resolve(key).resolve(UPPER),
                    folder.resolve(key).resolve(WORK));
        } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
            throw new BerthException(ErrorCode.CONFLICT, "snapshot " + key + " exists already", e);
        } catch (IOException e) {
            throw new UncheckedIOException("make the snapshot " + key + ": " + e.getMessage(), e);
        } finally {
            discard(draft);
        }
    }

    /** The snapshot of this key. */
    public Optional<Stored> find(String key) {
        Path own = folder.resolve(checked(key));
        return StoredFiles.read(own.resolve(RECORD), Document.class, VERSION)
                .map(document -> new Stored(
                        key,
                        document.layers().stream().map(Digest::parse).toList(),
                        own.resolve(UPPER),
                        own.resolve(WORK)));
    }

    /** All snapshots. */
    public List<Stored> list() {
        return Folders.list(folder).stream()
                .map(Folders::name)
                .filter(name -> KEY.matcher(name).matches())
                .flatMap(key -> find(key).stream())
                .toList();
    }

    /** Removes a snapshot with what was written to it; nothing happens when there is none. */
    public void release(String key) {
        discard(folder.resolve(checked(key)));
    }

    /** Removes what crashes left unfinished. */
    void removeDrafts() {
        Folders.removeDrafts(folder);
        for (Stored snapshot : list()) {
            if (!Files.isDirectory(snapshot.upper())) {
                release(snapshot.key()); // it became a layer
            }
        }
    }

    private static void discard(Path draft) {
        try {
            if (Files.exists(draft)) {
                Folders.remove(draft);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + draft + ": " + e.getMessage(), e);
        }
    }

    private static String checked(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "snapshot key \"" + key + "\": expected up to 128 letters, digits, \"_\", \".\" and \"-\"");
        }
        return key;
    }
}
