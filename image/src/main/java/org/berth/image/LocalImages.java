package org.berth.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.archive.ArchiveReader;
import org.berth.image.archive.ArchiveWriter;
import org.berth.image.attached.Attachment;
import org.berth.image.attached.AttachmentStore;
import org.berth.image.catalog.PlatformIndexes;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.Registries;
import org.berth.image.registry.RegistrySettings;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import org.berth.image.store.KeyedLocks;
import org.berth.image.store.LayerRecord;
import org.berth.image.store.LayoutWriter;
import org.berth.image.store.SnapshotStore;
import org.berth.image.store.StoredManifest;

/**
 * The images of one instance, on its disk. An image that isn't there is pulled from its registry; when that can't be
 * reached, and the reference names a release that the {@link Bootstrap} makes, it is bootstrapped instead.
 */
public final class LocalImages implements Images, AutoCloseable {
    private final ImageStore store;
    private final ImageFinder finder;
    private final Registries registries;
    private final ImagePuller puller;
    private final ImagePusher pusher;
    private final PlatformIndexes indexes;
    private final AttachmentStore attachments;
    private final StoredLayers layers;
    private final Bootstrap bootstrap;
    private final InstantSource clock;
    private final KeyedLocks obtaining = new KeyedLocks();

    /** The images below {@link Instance#root}; registries as this process's environment says. */
    public LocalImages(Instance instance, Bootstrap bootstrap) {
        this(instance, bootstrap, RegistrySettings.fromEnvironment(System.getenv()), InstantSource.system());
    }

    /** As above, with registries and clock of one's own. */
    public LocalImages(Instance instance, Bootstrap bootstrap, RegistrySettings registries, InstantSource clock) {
        this.store = new ImageStore(instance);
        this.finder = new ImageFinder(store);
        this.registries = new Registries(registries);
        this.puller = new ImagePuller(store, this.registries);
        this.pusher = new ImagePusher(store, this.registries);
        this.indexes = new PlatformIndexes(store);
        this.attachments = new AttachmentStore(instance.root().resolve("attached"));
        this.layers = new StoredLayers(store);
        this.bootstrap = bootstrap;
        this.clock = clock;
    }

    @Override
    public Optional<Image> find(String nameOrId) {
        return finder.find(nameOrId).map(finder::image);
    }

    @Override
    public List<Image> list() {
        return store.images().stream().map(finder::image).toList();
    }

    @Override
    public Image obtain(Reference reference, Progress progress) {
        // many containers of one image may start at once; one of them brings it
        try (KeyedLocks.Held held = obtaining.hold(reference)) {
            Optional<Image> there = find(reference.full());
            return there.isPresent() ? there.get() : obtainAnew(reference, progress);
        }
    }

    private Image obtainAnew(Reference reference, Progress progress) {
        Optional<String> unreachable = puller.unreachable(reference);
        if (unreachable.isEmpty()) {
            return pull(reference, progress);
        }
        if (!bootstrap.supports(reference)) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "pull " + reference.familiar() + ": " + unreachable.get());
        }
        progress.report(Progress.Step.of(
                reference.familiar(), unreachable.get() + "; bootstrapping it from the package archive instead"));
        return bootstrap(reference, progress);
    }

    @Override
    public Image pull(Reference reference, Progress progress) {
        return pull(reference, Optional.empty(), progress);
    }

    @Override
    public Image pull(Reference reference, Optional<Credentials> credentials, Progress progress) {
        return finder.image(puller.pull(reference, credentials, progress));
    }

    @Override
    public Image refresh(Reference reference, Optional<Credentials> credentials, Progress progress) {
        return puller.unreachable(reference).isEmpty()
                ? pull(reference, credentials, progress)
                : obtain(reference, progress);
    }

    @Override
    public Image pullAll(Reference reference, Optional<Credentials> credentials, Progress progress) {
        if (!reference.digest().isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "pull " + reference.familiar() + ": for all platforms, expected a name with a tag and no digest");
        }
        boolean several = puller.keepAll(reference, credentials, indexes, progress);
        if (!several) {
            progress.report(Progress.Step.of(reference.familiar(), "it is for one platform only"));
        }
        return pull(reference, credentials, progress);
    }

    @Override
    public Pushed pushAll(Reference name, Optional<Credentials> credentials, Progress progress) {
        ImageIndex.Entry entry = toPush(name);
        StoredManifest index = indexes.find(name, entry.manifest().digest())
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "push " + name.familiar()
                                + ": it is here for this machine only; pull it with --all-platforms first, or push"
                                + " without it"));
        Pushed pushed = pusher.pushAll(index, name, credentials, progress);
        pushAttached(entry, name, credentials, progress);
        return pushed;
    }

    private ImageIndex.Entry toPush(Reference name) {
        if (name.tag().isEmpty() || !name.digest().isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID, "push " + name.familiar() + ": expected a name with a tag and no digest");
        }
        return finder.find(name.full())
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "push " + name.familiar() + ": there is no image of this name here; berth tag gives it one"));
    }

    @Override
    public Pushed push(Reference name, Optional<Credentials> credentials, Progress progress) {
        ImageIndex.Entry entry = toPush(name);
        Pushed pushed = pusher.push(entry, name, credentials, progress);
        pushAttached(entry, name, credentials, progress);
        return pushed;
    }

    private void pushAttached(
            ImageIndex.Entry entry, Reference name, Optional<Credentials> credentials, Progress progress) {
        Digest subject = Digest.parse(entry.manifest().digest());
        List<Attachment> attached = attachments.of(subject);
        if (!attached.isEmpty()) {
            String action = "push what is attached to " + name.familiar();
            new AttachedTransfer(action, registries.repository(action, name, credentials))
                    .push(attached, subject, entry.manifest());
            progress.report(Progress.Step.of(subject.brief(), attached.size() + " attached documents pushed"));
        }
    }

    @Override
    public List<Attachment> attached(Image image) {
        return attachments.of(Digest.parse(image.manifestDigest()));
    }

    @Override
    public void attach(Image image, Attachment attachment) {
        attachments.add(Digest.parse(image.manifestDigest()), attachment);
    }

    @Override
    public void fetchSignatures(Image image) {
        Digest subject = Digest.parse(image.manifestDigest());
        image.names().stream()
                .filter(name -> puller.unreachable(name).isEmpty())
                .forEach(name -> {
                    String action = "fetch signatures of " + name.familiar();
                    new AttachedTransfer(action, registries.repository(action, name, Optional.empty()))
                            .signatures(subject)
                            .forEach(signature -> attachments.add(subject, signature));
                });
    }

    @Override
    public List<Attachment> attachedThere(Reference name, String digest) {
        return transfer("fetch signatures of", name).signatures(Digest.parse(digest));
    }

    @Override
    public void attachThere(Reference name, String digest, Attachment signature) {
        transfer("sign", name).pushSignatures(List.of(signature), Digest.parse(digest));
    }

    private AttachedTransfer transfer(String verb, Reference name) {
        String action = verb + " " + name.familiar();
        return new AttachedTransfer(action, registries.repository(action, name, Optional.empty()));
    }

    @Override
    public Registries registries() {
        return registries;
    }

    @Override
    public ServedRepositories served() {
        return new ServedRepositories(store);
    }

    @Override
    public LayerExchange layers() {
        return layers;
    }

    @Override
    public void tag(String id, Reference name) {
        ImageIndex.Entry entry = finder.get(id);
        store.tag(entry, name.full());
        finder.nameOf(entry, id)
                .flatMap(from ->
                        indexes.find(Reference.parse(from), entry.manifest().digest()))
                .ifPresent(index -> indexes.tag(index, name));
    }

    @Override
    public void remove(String nameOrId, boolean force) {
        ImageIndex.Entry entry = finder.get(nameOrId);
        Optional<String> name = finder.nameOf(entry, nameOrId);
        if (name.isPresent() && store.unname(name.get())) {
            indexes.forget(Reference.parse(name.get()));
            return;
        }
        if (name.isEmpty() && entry.names().size() > 1 && !force) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "image " + nameOrId + " has several names: " + String.join(", ", entry.names())
                            + "; remove these, or force the removal");
        }
        store.remove(entry, force);
        entry.names().stream().map(Reference::parse).forEach(indexes::forget);
        Digest manifest = Digest.parse(entry.manifest().digest());
        if (store.images().stream().noneMatch(other -> isOf(other, manifest))) {
            attachments.remove(manifest);
        }
    }

    private static boolean isOf(ImageIndex.Entry image, Digest manifest) {
        return image.manifest().digest().equals(manifest.toString());
    }

    @Override
    public long layerBytes(String diffId) {
        return store.layers()
                .find(Digest.parse(diffId))
                .map(LayerRecord::unpackedBytes)
                .orElse(0L);
    }

    @Override
    public StoreUsage usage() {
        return new StoreUsage(store.layers().bytes(), store.content().bytes());
    }

    @Override
    public void saveLayout(List<String> namesOrIds, Path folder) {
        try {
            new LayoutWriter(store)
                    .write(namesOrIds.stream().map(finder::chosen).toList(), folder);
        } catch (IOException e) {
            throw new UncheckedIOException("save to " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void save(List<String> namesOrIds, OutputStream out) {
        List<ArchiveWriter.Chosen> chosen =
                namesOrIds.stream().map(finder::archived).toList();
        List<Digest> held = chosen.stream()
                .flatMap(image -> store.blobs(image.entry()).stream())
                .toList();
        try (ImageStore.Lease lease = store.hold(held)) {
            ArchiveWriter.write(store, chosen, out);
        } catch (IOException e) {
            throw new UncheckedIOException("save: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Image> load(InputStream archive, Progress progress) {
        try {
            return new ArchiveReader(store, progress)
                    .read(archive).stream()
                            .map(loaded ->
                                    finder.image(finder.get(loaded.entry().id())))
                            .toList();
        } catch (IOException e) {
            throw FileErrors.isFull(e)
                    ? FileErrors.of("load", e)
                    : new BerthException(ErrorCode.INVALID, "load: no sound archive: " + e.getMessage(), e);
        }
    }

    @Override
    public List<HistoryLine> history(String nameOrId) {
        return ConfigDocuments.history(store.config(finder.get(nameOrId)), layer -> layerBytes(layer))
                .reversed();
    }

    @Override
    public Image create(ImageConfig config, List<String> layers, List<String> history, Optional<Reference> name) {
        List<Digest> diffIds = layers.stream().map(Digest::parse).toList();
        try (ImageStore.Lease lease = store.hold(diffIds)) {
            List<BlobDescriptor> blobs = diffIds.stream()
                    .map(store.layers()::get)
                    .map(LayerRecord::blob)
                    .toList();
            ConfigDocument document = ConfigDocuments.of(config, layers, history);
            byte[] configBytes = Documents.write(document);
            Digest id = store.content().put(configBytes);
            byte[] manifest = Documents.write(Manifest.of(
                    BlobDescriptor.of(MediaTypes.CONFIG, id.toString(), configBytes.length),
                    blobs.stream().map(LocalImages::asOci).toList()));
            Digest manifestDigest = store.content().put(manifest);
            BlobDescriptor descriptor =
                    BlobDescriptor.of(MediaTypes.MANIFEST, manifestDigest.toString(), manifest.length);
            return finder.image(store.add(id, descriptor, name.map(Reference::full)));
        }
    }

    @Override
    public String addLayer(Path upper, Progress progress) {
        return said(fresh(store.layers().addFolder(upper, this::collect)), progress);
    }

    @Override
    public String addLayer(InputStream tar, Progress progress) {
        return said(fresh(store.layers().addTar(tar, this::collect)), progress);
    }

    private void collect(Digest blob) {
        store.collectBlobs(List.of(blob));
    }

    @Override
    public String commit(String key, Progress progress) {
        return said(store.commit(key).diffId(), progress);
    }

    private static String said(String diffId, Progress progress) {
        progress.report(Progress.Step.of(Digest.parse(diffId).brief(), "stored"));
        return diffId;
    }

    @Override
    public Snapshot prepare(String key, List<String> layers) {
        return snapshot(store.prepare(key, layers.stream().map(Digest::parse).toList()));
    }

    @Override
    public Optional<Snapshot> snapshot(String key) {
        return store.snapshot(key).map(this::snapshot);
    }

    @Override
    public List<RootChange> changes(String key) {
        return RootChanges.of(snapshot(key)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "there is no snapshot " + key)));
    }

    @Override
    public long snapshotBytes(String key) {
        return store.snapshot(key)
                .map(snapshot -> FolderSize.of(snapshot.upper()))
                .orElse(0L);
    }

    @Override
    public long tidy() {
        attachments.subjects().stream()
                .filter(subject -> store.images().stream().noneMatch(image -> isOf(image, subject)))
                .forEach(attachments::remove);
        return store.forgetUnfinished();
    }

    @Override
    public void release(String key) {
        store.release(key);
    }

    /** Lets another open the store as its owner; nothing else is open between calls. */
    @Override
    public void close() {
        store.close();
    }

    private Image bootstrap(Reference reference, Progress progress) {
        Path folder = store.layers().draftFolder();
        try {
            bootstrap.bootstrap(reference, folder, progress);
            progress.report(Progress.Step.of(reference.familiar(), "storing"));
            String layer = fresh(store.layers().adopt(folder));
            return create(
                    ConfigDocuments.debian(clock.instant()),
                    List.of(layer),
                    List.of("bootstrapped from the package archive"),
                    Optional.of(reference));
        } finally {
            store.layers().discard(folder);
        }
    }

    private Snapshot snapshot(SnapshotStore.Stored stored) {
        return new Snapshot(stored.key(), store.lower(stored.layers()), stored.upper(), stored.work());
    }

    private String fresh(LayerRecord layer) {
        store.keepFresh(Digest.parse(layer.diffId()));
        return layer.diffId();
    }

    private static BlobDescriptor asOci(BlobDescriptor blob) {
        return BlobDescriptor.of(MediaTypes.asOci(blob.mediaType()), blob.digest(), blob.size());
    }
}
