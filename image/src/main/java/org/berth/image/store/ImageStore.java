package org.berth.image.store;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.image.layer.FolderAttributes;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that an instance keeps of images: blobs, index, layers, snapshots; and what is collected when. Layers and blobs go
 * with the last image or snapshot that uses them, unless work in progress holds them.
 *
 * <p>Folders: {@code images/} (blobs, drafts, index, layer records), {@code layers/} (unpacked), {@code snapshots/}. The
 * first to open a store cleans up what a crash left. Safe for concurrent use.
 */
public final class ImageStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);

    private final ContentStore content;
    private final LayerStore layers;
    private final SnapshotStore snapshots;
    private final ImageIndex index;
    private final Catalog catalog;
    /** Has nothing in it, for a root of no layers: overlayfs wants one below. */
    private final Path emptyLayer;

    private final Optional<StoreOwnership> ownership;
    private final Pins pins = new Pins();
    private final Leases leases;
    private final Set<Digest> fresh = ConcurrentHashMap.newKeySet();
    private final Map<String, StoredImage> read = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** Opens the store of an instance, making it when it isn't there. */
    public ImageStore(Instance instance) {
        Path images = Folders.make(instance.root().resolve("images"));
        this.content = new ContentStore(images);
        this.layers = new LayerStore(content, instance.root().resolve("layers"), images.resolve("layers"));
        this.snapshots = new SnapshotStore(instance.root().resolve("snapshots"));
        this.index = new ImageIndex(images.resolve("index.json"));
        this.catalog = new Catalog(images.resolve("registry"));
        this.leases = new Leases(images.resolve("leases"), InstantSource.system());
        this.emptyLayer = Folders.make(images.resolve("empty"));
        this.ownership = StoreOwnership.take(images.resolve("lock"));
        if (ownership.isPresent()) {
            cleanUp();
        }
    }

    public ContentStore content() {
        return content;
    }

    public LayerStore layers() {
        return layers;
    }

    /** What the embedded registry was pushed. */
    public Catalog catalog() {
        return catalog;
    }

    /** All images, the oldest first. */
    public List<ImageIndex.Entry> images() {
        return index.entries();
    }

    /** An image's manifest. */
    public Manifest manifest(ImageIndex.Entry entry) {
        return stored(entry).manifest();
    }

    /** An image's configuration. */
    public ConfigDocument config(ImageIndex.Entry entry) {
        return stored(entry).config();
    }

    /** Every blob that an image is made of: manifest, configuration, layers. */
    public List<Digest> blobs(ImageIndex.Entry entry) {
        return stored(entry).blobs();
    }

    /** Holds layers and blobs while something is made of them. */
    public Lease hold(Collection<Digest> digests) {
        Pins.Lease lease = pins.hold(digests);
        return lease::close;
    }

    /**
     * Keeps what some work brings through the end of this process, for a week at the most, until {@link #done}.
     *
     * @param work names it: the next attempt has the same name
     */
    public void keepFor(Digest work, Collection<Digest> digests) {
        leases.begin(work, digests);
    }

    /** The work is done, or given up. */
    public void done(Digest work) {
        leases.end(work);
    }

    /**
     * Forgets what is kept for work that was cut: layers, blobs and parts of blobs.
     *
     * @return bytes that are free now
     */
    public long forgetUnfinished() {
        long before = content.bytes() + layers.bytes();
        Set<Digest> kept = leases.endAll();
        collectUnused(kept, kept);
        return before - content.bytes() - layers.bytes() + content.removePartials();
    }

    /** Layers and blobs held. */
    public interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    /** A layer was made and no image has it yet: it stays until one has, or the store is opened anew. */
    public void keepFresh(Digest diffId) {
        fresh.add(diffId);
    }

    /** Adds an image whose blobs and layers are stored. */
    public ImageIndex.Entry add(Digest id, BlobDescriptor manifest, Optional<String> name) {
        lock.lock();
        try {
            index.put(id.toString(), manifest, name);
            ImageIndex.Entry entry = index.identified(id.toString()).orElseThrow();
            stored(entry).layers().forEach(fresh::remove);
            return entry;
        } finally {
            lock.unlock();
        }
    }

    /** Gives an image one more name. */
    public void tag(ImageIndex.Entry entry, String name) {
        lock.lock();
        try {
            ImageIndex.Entry now = index.identified(entry.id()).orElseThrow(() -> gone(entry));
            index.put(now.id(), now.manifest(), Optional.of(name));
        } finally {
            lock.unlock();
        }
    }

    /** Takes a name away. False when it is the image's last one: then nothing is done. */
    public boolean unname(String name) {
        lock.lock();
        try {
            boolean others =
                    index.named(name).map(entry -> entry.names().size() > 1).orElse(true);
            if (others) {
                index.unname(name);
            }
            return others;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes an image with its names, and what only it used. Layers of a snapshot stay; the last image that has them
     * all, from which a torn one could be unpacked again, is refused.
     *
     * @param force even when a snapshot was made of it, which keeps its layers
     */
    public void remove(ImageIndex.Entry entry, boolean force) {
        List<Path> doomed;
        lock.lock();
        try {
            StoredImage image = stored(index.identified(entry.id()).orElseThrow(() -> gone(entry)));
            List<String> users = force || isNotTheOnly(image) ? List.of() : users(image);
            if (!users.isEmpty()) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "image " + entry.id() + " is used by " + String.join(", ", users)
                                + "; remove these first, or force the removal");
            }
            index.remove(entry.id());
            read.remove(image.manifestDigest().toString());
            leases.end(image.manifestDigest());
            doomed = collect(image.layers(), image.blobs());
        } finally {
            lock.unlock();
        }
        doomed.forEach(Folders::removeAll);
    }

    /** Removes the image of this name with its names, unless a snapshot was made of it. */
    public void removeIfUnused(String name) {
        index.named(name).ifPresent(entry -> {
            try {
                remove(entry, false);
            } catch (BerthException e) {
                LOG.info("the image {} stays: {}", name, e.getMessage());
            }
        });
    }

    /** Removes those of the blobs that nothing uses any more. */
    public void collectBlobs(Collection<Digest> blobs) {
        collectUnused(List.of(), blobs);
    }

    /** Removes those of the layers and blobs that nothing uses any more: what work that failed has brought. */
    public void collectUnused(Collection<Digest> diffIds, Collection<Digest> blobs) {
        List<Path> doomed;
        lock.lock();
        try {
            doomed = collect(diffIds, blobs);
        } finally {
            lock.unlock();
        }
        doomed.forEach(Folders::removeAll);
    }

    private boolean isNotTheOnly(StoredImage image) {
        return index.entries().stream()
                        .filter(entry -> stored(entry).layers().equals(image.layers()))
                        .count()
                > 1;
    }

    private List<String> users(StoredImage image) {
        return snapshots.list().stream()
                .filter(snapshot -> snapshot.layers().equals(image.layers()))
                .map(SnapshotStore.Stored::key)
                .toList();
    }

    /** Makes a snapshot on these layers, the lowest first. */
    public SnapshotStore.Stored prepare(String key, List<Digest> diffIds) {
        try (Pins.Lease lease = pins.hold(diffIds)) {
            diffIds.forEach(this::ensure);
            return snapshots.prepare(key, diffIds, upper -> {
                FolderAttributes.set(
                        upper.upper(),
                        diffIds.isEmpty() ? Optional.empty() : Optional.of(layers.path(diffIds.getLast())));
                ImpliedFolders.mend(layersFromTheTop(diffIds), upper);
            });
        }
    }

    private List<ImpliedFolders.Layer> layersFromTheTop(List<Digest> diffIds) {
        return visible(diffIds).stream()
                .map(diffId -> new ImpliedFolders.Layer(
                        layers.path(diffId), layers.get(diffId).impliedFolders()))
                .toList();
    }

    /** Unpacked layers that are seen in a root of these, the topmost first. */
    public List<Path> lower(List<Digest> diffIds) {
        diffIds.forEach(this::ensure);
        List<Path> lower = visible(diffIds).stream().map(layers::path).toList();
        return lower.isEmpty() ? List.of(emptyLayer) : lower;
    }

    /**
     * The topmost first. A layer that is there twice is taken once: overlayfs takes no folder twice, and what is lower
     * shows nothing that the upper one lacks. Nothing below an opaque root is seen; overlayfs does not look at the mark on
     * a root.
     */
    private List<Digest> visible(List<Digest> diffIds) {
        List<Digest> visible = new ArrayList<>();
        for (Digest diffId : diffIds.reversed()) {
            if (!visible.contains(diffId)) {
                visible.add(diffId);
            }
            if (layers.get(diffId).opaqueRoot()) {
                break;
            }
        }
        return visible;
    }

    /**
     * Makes a layer of what was written to a snapshot, which ends with it: its upper folder becomes the layer. Nothing may
     * be mounted on it any more.
     */
    public LayerRecord commit(String key) {
        SnapshotStore.Stored snapshot = snapshots
                .find(key)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "there is no snapshot " + key));
        LayerRecord layer = layers.adopt(snapshot.upper());
        keepFresh(Digest.parse(layer.diffId()));
        release(key);
        return layer;
    }

    /** The snapshot of this key. */
    public Optional<SnapshotStore.Stored> snapshot(String key) {
        return snapshots.find(key);
    }

    /** Removes a snapshot, and the layers that only it used. */
    public void release(String key) {
        Optional<SnapshotStore.Stored> stored = snapshots.find(key);
        snapshots.release(key);
        if (stored.isPresent()) {
            List<Path> doomed;
            lock.lock();
            try {
                doomed = collect(stored.get().layers(), List.of());
            } finally {
                lock.unlock();
            }
            doomed.forEach(Folders::removeAll);
        }
    }

    /** Puts on disk what was put off, and lets others own the store. */
    @Override
    public void close() {
        layers.close();
        ownership.ifPresent(StoreOwnership::close);
    }

    /** A layer that was lost or torn is unpacked again from its blob. */
    private void ensure(Digest diffId) {
        if (layers.find(diffId).isPresent()) {
            return;
        }
        BlobDescriptor blob = index.entries().stream()
                .map(this::stored)
                .flatMap(image -> image.blobOf(diffId).stream())
                .findFirst()
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "the store has no layer " + diffId));
        layers.unpack(blob, diffId);
    }

    private StoredImage stored(ImageIndex.Entry entry) {
        return read.computeIfAbsent(entry.manifest().digest(), digest -> readDocuments(entry));
    }

    private StoredImage readDocuments(ImageIndex.Entry entry) {
        String what = entry.names().isEmpty() ? entry.id() : entry.names().getFirst();
        Manifest manifest = Documents.read(
                content.read(Digest.parse(entry.manifest().digest()), Documents.MANIFEST_BYTES_MAX),
                Manifest.class,
                "the manifest of " + what);
        ConfigDocument config = Documents.read(
                content.read(Digest.parse(entry.id()), Documents.CONFIG_BYTES_MAX),
                ConfigDocument.class,
                "the configuration of " + what);
        return new StoredImage(Digest.parse(entry.manifest().digest()), manifest, config);
    }

    /**
     * Takes those of the candidates out of use that nothing uses any more. Called with the lock.
     *
     * @return folders that are to be removed, which takes its time and needs no lock
     */
    private List<Path> collect(Collection<Digest> diffIds, Collection<Digest> blobs) {
        Set<Digest> usedLayers = new HashSet<>(fresh);
        Set<Digest> usedBlobs = new HashSet<>(catalog.blobs());
        Set<Digest> kept = leases.digests();
        usedLayers.addAll(kept);
        usedBlobs.addAll(kept);
        for (ImageIndex.Entry entry : index.entries()) {
            usedLayers.addAll(stored(entry).layers());
            usedBlobs.addAll(stored(entry).blobs());
        }
        if (blobs.isEmpty() && usedLayers.containsAll(diffIds)) {
            return List.of(); // as it is when a container goes; no need to look at all the others
        }
        try {
            snapshots.list().forEach(snapshot -> usedLayers.addAll(snapshot.layers()));
        } catch (BerthException e) {
            LOG.error("no layer is removed, for it is not known what a snapshot uses: {}", e.getMessage());
            return List.of();
        }
        Set<Digest> doomedBlobs = new HashSet<>(blobs);
        List<Path> doomedFolders = new ArrayList<>();
        for (Digest diffId : diffIds) {
            Optional<Digest> blob = blobOf(diffId);
            if (usedLayers.contains(diffId)) {
                blob.ifPresent(usedBlobs::add);
            } else {
                blob.ifPresent(doomedBlobs::add);
                pins.unlessHeld(diffId, () -> layers.retire(diffId).ifPresent(doomedFolders::add));
            }
        }
        doomedBlobs.removeAll(usedBlobs);
        if (!catalog.isWhole()) {
            doomedBlobs.clear();
        }
        doomedBlobs.forEach(blob -> pins.unlessHeld(blob, () -> content.remove(blob)));
        return doomedFolders;
    }

    private Optional<Digest> blobOf(Digest diffId) {
        return layers.findReadable(diffId)
                .map(record -> Digest.parse(record.blob().digest()));
    }

    private void cleanUp() {
        content.removeDrafts();
        layers.recover();
        removeSnapshotDrafts();
        lock.lock();
        try {
            index.entries().forEach(this::forgetIfDamaged);
            collect(layers.list(), content.list()).forEach(Folders::removeAll);
        } finally {
            lock.unlock();
        }
    }

    /** One snapshot that can't be read must not keep the others away; its container says so when it is started. */
    private void removeSnapshotDrafts() {
        try {
            snapshots.removeDrafts();
        } catch (BerthException e) {
            LOG.error("what crashes left in snapshots stays: {}", e.getMessage());
        }
    }

    /** One image that can't be read must not keep the others away. */
    private void forgetIfDamaged(ImageIndex.Entry entry) {
        try {
            stored(entry);
        } catch (BerthException e) {
            LOG.warn("image {} {} is damaged and forgotten: {}", entry.id(), entry.names(), e.getMessage());
            index.remove(entry.id());
        }
    }

    private static BerthException gone(ImageIndex.Entry entry) {
        return new BerthException(ErrorCode.NOT_FOUND, "image " + entry.id() + " was removed meanwhile");
    }
}
