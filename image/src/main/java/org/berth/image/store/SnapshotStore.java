package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.MergedRoot;

/**
 * Writable roots on layers: for each key a folder with {@code upper} and {@code work} for overlayfs, and the layers below
 * as the target of a symbolic link, {@code layers-1.0} (the first number is this form's version). It appears and disappears
 * by a rename. Safe for concurrent use.
 *
 * <p>A link, not a file: it is metadata, which a journal keeps in order, so that after a power cut a snapshot is there with
 * its layers or not at all. A file would have to be put on disk (fsync) at every container's start.
 */
public final class SnapshotStore {
    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    private static final String LAYERS = "layers-1.";
    private static final String SEPARATOR = ":";
    /** As many digests as a link's target has room for, of 4,095 bytes. */
    private static final int LAYERS_PER_LINK = 60;

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
            writeLayers(draft, layers);
            Files.move(draft, folder.resolve(key), StandardCopyOption.ATOMIC_MOVE);
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
        if (!Files.isDirectory(own)) {
            return Optional.empty();
        }
        return Optional.of(new Stored(key, readLayers(own), own.resolve(UPPER), own.resolve(WORK)));
    }

    /** At least one link, whose target may not be empty. */
    private static void writeLayers(Path own, List<Digest> layers) throws IOException {
        int links = Math.max(1, Math.ceilDiv(layers.size(), LAYERS_PER_LINK));
        for (int link = 0; link < links; link++) {
            String target = layers.stream()
                    .skip((long) link * LAYERS_PER_LINK)
                    .limit(LAYERS_PER_LINK)
                    .map(Digest::hex)
                    .collect(Collectors.joining(SEPARATOR, SEPARATOR, ""));
            Files.createSymbolicLink(own.resolve(LAYERS + link), Path.of(target));
        }
    }

    private static List<Digest> readLayers(Path own) {
        List<Digest> layers = new ArrayList<>();
        int link = 0;
        try {
            while (link == 0 || Files.isSymbolicLink(own.resolve(LAYERS + link))) {
                String target =
                        Files.readSymbolicLink(own.resolve(LAYERS + link)).toString();
                Stream.of(target.split(SEPARATOR))
                        .filter(digest -> !digest.isEmpty())
                        .map(Digest::new)
                        .forEach(layers::add);
                link++;
            }
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "snapshot " + own + " is not of the form that this Berth knows (" + LAYERS + link
                            + "); use the Berth that made it, or another BERTH_ROOT",
                    e);
        }
        return List.copyOf(layers);
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
