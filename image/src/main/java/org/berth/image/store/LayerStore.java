package org.berth.image.store;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.image.layer.Compression;
import org.berth.image.layer.FolderAttributes;
import org.berth.image.layer.LayerPacker;
import org.berth.image.layer.LayerUnpacker;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.MediaTypes;
import org.berth.linux.SystemCallException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers by diff id (the digest of the uncompressed tar), each twice: as a blob, and unpacked as overlayfs reads it.
 *
 * <p>An unpacked layer is a draft folder that is renamed to its diff id; its record is written last. A folder without a
 * record is a torn one and is made again from the blob. So is one that was unpacked before the machine was last started and
 * had not been put on disk until then: that is done some time later, for waiting for the disk at each step of a build would
 * take longer than the step. Layers made here are kept as plain tar: they are
 * read back more often than sent, and the digest of blob and diff is one and the same. Safe for concurrent use.
 */
public final class LayerStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LayerStore.class);
    private static final Duration SYNC_DELAY = Duration.ofSeconds(5);
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final String REMEDY = "remove the file, and the layer is unpacked again from its blob";

    private final ContentStore content;
    private final Path unpacked;
    private final Path records;
    private final String boot = BootId.current();
    private final KeyedLocks locks = new KeyedLocks();
    private final Set<Digest> unsynced = ConcurrentHashMap.newKeySet();
    private final LaterOnce syncing = new LaterOnce(SYNC_DELAY, this::sync);
    private final Map<Digest, LayerRecord> read = new ConcurrentHashMap<>();

    /**
     * @param unpacked where unpacked layers are
     * @param records where their records are
     */
    public LayerStore(ContentStore content, Path unpacked, Path records) {
        this.content = content;
        this.unpacked = Folders.make(unpacked);
        this.records = Folders.make(records);
    }

    /** The layer's record, if it is unpacked and whole. */
    public Optional<LayerRecord> find(Digest diffId) {
        if (!Files.isDirectory(path(diffId))) {
            return Optional.empty();
        }
        Optional<LayerRecord> known = Optional.ofNullable(read.get(diffId));
        if (known.isPresent()) {
            return known;
        }
        Optional<LayerRecord> found = StoredFiles.read(
                        recordFile(diffId), LayerRecord.class, LayerRecord.VERSION, REMEDY)
                .filter(layer -> layer.isWhole(boot));
        found.ifPresent(layer -> read.put(diffId, layer));
        return found;
    }

    /** The record of a layer that must be there. */
    public LayerRecord get(Digest diffId) {
        return find(diffId)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "the store has no layer " + diffId));
    }

    /** Where an unpacked layer is. */
    public Path path(Digest diffId) {
        return unpacked.resolve(diffId.hex());
    }

    /**
     * Unpacks a blob that the store has, unless that was done.
     *
     * @throws BerthException INVALID when the content isn't what {@code diffId} says
     */
    public LayerRecord unpack(BlobDescriptor blob, Digest diffId) {
        try (KeyedLocks.Held held = locks.hold(diffId)) {
            Optional<LayerRecord> there = find(diffId);
            return there.isPresent() ? there.get() : unpackAnew(blob, diffId);
        }
    }

    /** Unpacks a plain tar that was hashed a moment ago. */
    private LayerRecord unpackOwn(BlobDescriptor blob, Digest diffId, Consumer<Digest> unused) {
        try (KeyedLocks.Held held = locks.hold(diffId)) {
            Optional<LayerRecord> there = find(diffId);
            return there.isPresent()
                    ? there.get()
                    : unpackAnew(blob, diffId, () -> content.open(diffId), () -> {}, true);
        } catch (BerthException e) {
            if (e.code() == ErrorCode.EXHAUSTED) {
                unused.accept(diffId);
            }
            throw e;
        }
    }

    /**
     * Unpacks a blob while it comes. The layer appears once the blob is there whole.
     *
     * @throws BerthException INVALID when the content isn't what {@code diffId} says
     */
    public LayerRecord unpackWhileItComes(BlobDescriptor blob, Digest diffId, GrowingFile coming) {
        try (KeyedLocks.Held held = locks.hold(diffId)) {
            Optional<LayerRecord> there = find(diffId);
            return there.isPresent() ? there.get() : unpackAnew(blob, diffId, () -> coming, coming::awaitEnd, true);
        }
    }

    /** Opens a blob. */
    @FunctionalInterface
    private interface Source {
        InputStream open() throws IOException;
    }

    /** Waits until a blob is known to be whole. */
    @FunctionalInterface
    private interface Barrier {
        void await() throws IOException;
    }

    /**
     * Stores an uncompressed tar stream as a layer.
     *
     * @param unused gets the blob's digest when the disk is too full to unpack it; it would only keep the disk full
     */
    public LayerRecord addTar(InputStream tar, Consumer<Digest> unused) {
        Digest digest;
        long size;
        try (ContentStore.Draft draft = content.draft()) {
            tar.transferTo(draft);
            size = draft.size();
            digest = draft.commit();
        } catch (IOException e) {
            throw failed("store a layer", e);
        }
        return unpackOwn(plain(digest, size), digest, unused);
    }

    /** Stores a copy of a folder, an overlay's upper one or a whole root, as a layer; the rest as {@link #addTar}. */
    public LayerRecord addFolder(Path folder, Consumer<Digest> unused) {
        Packed packed = pack(folder);
        return unpackOwn(plain(packed.digest, packed.tarBytes), packed.digest, unused);
    }

    /**
     * Makes a folder itself the layer, with no copy: it is moved away. It must be on the store's file system, and nothing
     * may write to it any more.
     */
    public LayerRecord adopt(Path folder) {
        Packed packed = pack(folder);
        Digest diffId = packed.digest;
        try (KeyedLocks.Held held = locks.hold(diffId)) {
            Optional<LayerRecord> there = find(diffId);
            if (there.isPresent()) {
                Folders.remove(folder);
                return there.get();
            }
            return commit(folder, plain(diffId, packed.tarBytes), diffId, packed.fileBytes, List.of());
        } catch (IOException e) {
            throw failed("move " + folder + " to the layers", e);
        }
    }

    /** A folder that {@link #adopt} may take; it is removed when the store is opened again. */
    public Path draftFolder() {
        return Folders.make(Folders.draft(unpacked));
    }

    /** Takes a layer out of use; its blob stays. @return the folder that is to be removed, if there is one */
    Optional<Path> retire(Digest diffId) {
        try (KeyedLocks.Held held = locks.hold(diffId)) {
            read.remove(diffId);
            StoredFiles.delete(recordFile(diffId));
            return Folders.retire(path(diffId));
        } catch (IOException e) {
            throw failed("remove the layer " + diffId, e);
        }
    }

    /** Every layer that has a record or a folder. */
    List<Digest> list() {
        return Stream.concat(Folders.list(unpacked).stream(), Folders.list(records).stream())
                .map(Folders::name)
                .filter(name -> name.matches("[a-f0-9]{64}"))
                .distinct()
                .map(Digest::new)
                .toList();
    }

    /** Content of the files of all layers. */
    public long bytes() {
        return list().stream()
                .flatMap(diffId -> findReadable(diffId).stream())
                .mapToLong(LayerRecord::unpackedBytes)
                .sum();
    }

    /** As {@link #find}; a record that can't be read is none, for whoever can do without. */
    Optional<LayerRecord> findReadable(Digest diffId) {
        try {
            return find(diffId);
        } catch (BerthException e) {
            return Optional.empty();
        }
    }

    /**
     * Removes what crashes left unfinished, and goes on with what was put off. Only while nobody writes. A record that
     * can't be read is said here; whoever wants that layer is refused.
     */
    void recover() {
        Folders.removeDrafts(unpacked);
        for (Digest diffId : list()) {
            try {
                find(diffId).filter(layer -> !layer.boot().isEmpty()).ifPresent(layer -> unsynced.add(diffId));
            } catch (BerthException e) {
                LOG.error("the layer {} can't be used: {}", diffId, e.getMessage());
            }
        }
        if (!unsynced.isEmpty()) {
            syncing.soon();
        }
    }

    /** Puts on disk what isn't yet. */
    @Override
    public void close() {
        syncing.close();
    }

    private void sync() {
        List<Digest> layers = List.copyOf(unsynced);
        LayerUnpacker.sync(unpacked);
        for (Digest diffId : layers) {
            unsynced.remove(diffId);
            try (KeyedLocks.Held held = locks.hold(diffId)) {
                find(diffId).map(LayerRecord::onDisk).ifPresent(layer -> {
                    StoredFiles.write(recordFile(diffId), layer);
                    read.put(diffId, layer);
                });
            }
        }
    }

    private LayerRecord unpackAnew(BlobDescriptor blob, Digest diffId) {
        return unpackAnew(blob, diffId, () -> content.open(Digest.parse(blob.digest())), () -> {}, false);
    }

    /** @param verified whether the blob is sure to be what its digest says once the barrier is passed */
    private LayerRecord unpackAnew(BlobDescriptor blob, Digest diffId, Source source, Barrier whole, boolean verified) {
        Path draft = draftFolder();
        try {
            LayerUnpacker.Unpacked result = unpackVerified(blob, diffId, draft, source, whole, verified);
            Folders.remove(path(diffId)); // a torn one
            return commit(draft, blob, diffId, result.sizeBytes(), result.impliedFolders());
        } catch (SystemCallException e) {
            throw StoredFiles.isFull(e)
                    ? new BerthException(
                            ErrorCode.EXHAUSTED, "unpack the layer " + blob.digest() + ": " + e.getMessage(), e)
                    : e;
        } catch (IOException e) {
            throw failed("unpack the layer " + blob.digest(), e);
        } finally {
            discard(draft);
        }
    }

    private LayerUnpacker.Unpacked unpackVerified(
            BlobDescriptor blob, Digest diffId, Path draft, Source source, Barrier whole, boolean verified) {
        Digest digest = Digest.parse(blob.digest());
        boolean known = verified && digest.equals(diffId); // plain tar: one hash for both
        MessageDigest hasher = Digest.hasher();
        LayerUnpacker.Unpacked result;
        try (InputStream in = source.open();
                InputStream plain = Compression.open(in);
                InputStream hashed = known ? plain : new DigestInputStream(plain, hasher);
                InputStream tar = new BufferedInputStream(hashed, BUFFER_BYTES)) { // headers are read one by one
            result = LayerUnpacker.unpack(tar, draft);
            whole.await();
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "layer " + digest + " is no sound archive: " + e.getMessage(), e);
        }
        Digest found = known ? diffId : Digest.ended(hasher.digest());
        if (!found.equals(diffId)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "layer " + digest + " has the content " + found + ", the image's configuration says " + diffId);
        }
        return result;
    }

    private LayerRecord commit(
            Path draft, BlobDescriptor blob, Digest diffId, long fileBytes, List<String> impliedFolders)
            throws IOException {
        Files.move(draft, path(diffId), StandardCopyOption.ATOMIC_MOVE);
        LayerRecord layer = new LayerRecord(
                LayerRecord.VERSION,
                diffId.toString(),
                blob,
                fileBytes,
                boot,
                FolderAttributes.isOpaque(path(diffId)),
                impliedFolders);
        StoredFiles.write(recordFile(diffId), layer);
        unsynced.add(diffId);
        syncing.soon();
        return layer;
    }

    private Packed pack(Path folder) {
        try (ContentStore.Draft draft = content.draft()) {
            long fileBytes = LayerPacker.pack(folder, new BufferedOutputStream(new KeptOpen(draft), BUFFER_BYTES));
            long tarBytes = draft.size();
            return new Packed(draft.commit(), tarBytes, fileBytes);
        } catch (IOException e) {
            throw failed("pack " + folder, e);
        }
    }

    /** The packer closes what it writes to; a draft closed is a draft thrown away. */
    private static final class KeptOpen extends FilterOutputStream {
        KeptOpen(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            out.write(buffer, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    private record Packed(Digest digest, long tarBytes, long fileBytes) {}

    private static BlobDescriptor plain(Digest digest, long size) {
        return BlobDescriptor.of(MediaTypes.LAYER, digest.toString(), size);
    }

    private Path recordFile(Digest diffId) {
        return records.resolve(diffId.hex());
    }

    /** Removes a draft folder, if it is still there. */
    public void discard(Path draft) {
        try {
            Folders.remove(draft);
        } catch (IOException e) {
            throw failed("remove " + draft, e);
        }
    }

    private static RuntimeException failed(String action, IOException cause) {
        return FileErrors.of(action, cause);
    }
}
