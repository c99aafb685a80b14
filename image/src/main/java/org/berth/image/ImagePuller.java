package org.berth.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.catalog.PlatformIndexes;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.Registries;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import org.berth.image.store.KeyedLocks;
import org.berth.image.store.StoredManifest;

/** Brings an image from its registry into the store: several layers at once, each verified as it streams. */
final class ImagePuller {
    private static final int LAYERS_AT_ONCE = 4;
    private static final int LAYERS_MAX = 256;
    private static final int INDEX_DEPTH_MAX = 3;

    private final ImageStore store;
    private final Registries registries;
    private final KeyedLocks blobLocks = new KeyedLocks();

    ImagePuller(ImageStore store, Registries registries) {
        this.store = store;
        this.registries = registries;
    }

    /** Why the reference's registry can't be reached; empty when it can. */
    Optional<String> unreachable(Reference reference) {
        return registries.unreachable(reference);
    }

    ImageIndex.Entry pull(Reference reference, Optional<Credentials> credentials, Progress progress) {
        progress.report(Progress.Step.of(reference.familiar(), "pulling from " + reference.registry()));
        Registries.Found found = registries.manifest(reference, credentials);
        Pull pull = new Pull("pull " + reference.familiar(), found.repository(), progress);
        Repository.Document document = pull.forThisPlatform(found.document(), 0);
        Manifest manifest = pull.manifest(document);
        List<Digest> held = new ArrayList<>();
        held.add(document.digest());
        held.add(Digest.parse(manifest.config().digest()));
        manifest.layers().forEach(layer -> held.add(Digest.parse(layer.digest())));
        List<Digest> diffIds = new ArrayList<>();
        try (ImageStore.Lease blobs = store.hold(held)) {
            Digest id = pull.config(manifest);
            ConfigDocument config = Documents.read(
                    store.content().read(id, Documents.CONFIG_BYTES_MAX), ConfigDocument.class, pull.action);
            diffIds.addAll(pull.diffIds(manifest, config));
            List<Digest> all = new ArrayList<>(held);
            all.addAll(diffIds);
            try (ImageStore.Lease layers = store.hold(diffIds)) {
                store.keepFor(document.digest(), all);
                pull.layers(manifest, diffIds);
                store.content().put(document.content());
                BlobDescriptor descriptor = BlobDescriptor.of(
                        document.mediaType(), document.digest().toString(), document.content().length);
                ImageIndex.Entry entry = store.add(id, descriptor, Optional.of(name(reference)));
                store.done(document.digest());
                return entry;
            }
        } catch (BerthException e) {
            if (e.code() == ErrorCode.EXHAUSTED) {
                store.done(document.digest());
                store.collectUnused(diffIds, held); // a full disk: what came would only keep it full
            }
            throw e;
        }
    }

    /** Brings the index that a reference names with all its manifests and their blobs. False where it names no index. */
    boolean keepAll(
            Reference reference, Optional<Credentials> credentials, PlatformIndexes indexes, Progress progress) {
        Registries.Found found = registries.manifest(reference, credentials);
        Pull pull = new Pull("pull " + reference.familiar(), found.repository(), progress);
        if (!MediaTypes.isIndex(pull.mediaType(found.document()))) {
            return false;
        }
        pull.keep(found.document(), reference, indexes, List.of(reference.tag()), 0);
        return true;
    }

    /** A digest says what a tag only suggests. */
    private static String name(Reference reference) {
        return reference.digest().isEmpty()
                ? reference.full()
                : new Reference(reference.registry(), reference.repository(), "", reference.digest()).full();
    }

    /** One pull. */
    private final class Pull {
        private final String action;
        private final Repository repository;
        private final Progress progress;

        Pull(String action, Repository repository, Progress progress) {
            this.action = action;
            this.repository = repository;
            this.progress = progress;
        }

        /** Brings a document and all that it leads to; an index appears when all it names is there. */
        void keep(Repository.Document document, Reference name, PlatformIndexes indexes, List<String> tags, int depth) {
            String type = mediaType(document);
            boolean index = MediaTypes.isIndex(type);
            Manifest manifest = manifest(document);
            List<Digest> held = new ArrayList<>(List.of(document.digest()));
            if (!index) {
                manifest.layers().forEach(layer -> held.add(Digest.parse(layer.digest())));
                held.add(Digest.parse(manifest.config().digest()));
            }
            try (ImageStore.Lease lease = store.hold(held)) {
                if (index) {
                    members(document, name, indexes, depth);
                } else {
                    List<Runnable> work = new ArrayList<>();
                    work.add(() -> keep(manifest.config()));
                    manifest.layers().stream()
                            .filter(layer -> !MediaTypes.isForeign(layer.mediaType()))
                            .forEach(layer -> work.add(() -> keep(layer)));
                    ParallelWork.run(action, work, LAYERS_AT_ONCE);
                }
                StoredManifest ignored = indexes.keep(name, document.content(), type, tags);
            }
        }

        private void members(Repository.Document document, Reference name, PlatformIndexes indexes, int depth) {
            List<BlobDescriptor> members = Documents.read(
                            document.content(), ManifestIndex.class, action + ": the index")
                    .manifests();
            if (depth >= INDEX_DEPTH_MAX || members.size() > PlatformIndexes.MANIFESTS_MAX) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        action + ": the index has more than " + PlatformIndexes.MANIFESTS_MAX + " manifests, or is "
                                + INDEX_DEPTH_MAX + " deep");
            }
            for (BlobDescriptor member : members) {
                String digest = Digest.parse(member.digest()).toString();
                keep(repository.manifest(action, digest), name, indexes, List.of(), depth + 1);
                String platform =
                        member.platform().map(BlobDescriptor.Platform::toString).orElse("no platform");
                progress.report(Progress.Step.of(Digest.parse(digest).brief(), "kept, for " + platform));
            }
        }

        private void keep(BlobDescriptor blob) {
            Digest digest = Digest.parse(blob.digest());
            try (KeyedLocks.Held held = blobLocks.hold(digest)) {
                for (int attempt = 0; attempt < 2 && !store.content().has(digest, blob.size()); attempt++) {
                    boolean ignored = new BlobDownload(
                                    store,
                                    repository,
                                    action + ", blob " + digest.brief(),
                                    blob,
                                    Optional.empty(),
                                    progress)
                            .run();
                }
            }
        }

        /** The image's manifest; of an index, the one for this kind of machine. */
        Repository.Document forThisPlatform(Repository.Document document, int depth) {
            String type = mediaType(document);
            if (MediaTypes.isManifest(type)) {
                return new Repository.Document(document.content(), type, document.digest());
            }
            if (!MediaTypes.isIndex(type) || depth >= INDEX_DEPTH_MAX) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        action + ": " + repository.server() + " sent a document of the type \"" + type
                                + "\", expected an OCI or Docker schema 2 manifest");
            }
            ManifestIndex index = Documents.read(document.content(), ManifestIndex.class, action + ": the index");
            BlobDescriptor chosen = index.forPlatform(ConfigDocuments.OPERATING_SYSTEM, ConfigDocuments.ARCHITECTURE)
                    .orElseThrow(() -> noPlatform(index));
            return forThisPlatform(
                    repository.manifest(action, Digest.parse(chosen.digest()).toString()), depth + 1);
        }

        private BerthException noPlatform(ManifestIndex index) {
            String there = index.manifests().stream()
                    .flatMap(manifest -> manifest.platform().stream())
                    .map(BlobDescriptor.Platform::toString)
                    .distinct()
                    .collect(Collectors.joining(", "));
            return new BerthException(
                    ErrorCode.NOT_FOUND, action + ": the image is not made for linux/amd64, only for: " + there);
        }

        /** By the document itself where it says; a server that says otherwise is refused (CVE-2021-41190). */
        private String mediaType(Repository.Document document) {
            Kind kind = Documents.read(document.content(), Kind.class, action + ": the manifest");
            boolean both = kind.manifests().isPresent()
                    && (kind.layers().isPresent() || kind.config().isPresent());
            String own = kind.mediaType().orElse("");
            if (both || (!own.isEmpty() && !own.equals(document.mediaType()))) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        action + ": " + repository.server() + " sent \"" + own + "\" as \"" + document.mediaType()
                                + "\"");
            }
            return own.isEmpty() ? document.mediaType() : own;
        }

        Manifest manifest(Repository.Document document) {
            Manifest manifest = Documents.read(document.content(), Manifest.class, action + ": the manifest");
            if (manifest.layers().size() > LAYERS_MAX) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        action + ": the image has " + manifest.layers().size() + " layers, at most " + LAYERS_MAX
                                + " are taken");
            }
            return manifest;
        }

        /** Brings the configuration. @return its digest, the image's id */
        Digest config(Manifest manifest) {
            BlobDescriptor blob = manifest.config();
            Digest digest = Digest.parse(blob.digest());
            if (blob.size() < 0 || blob.size() > Documents.CONFIG_BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID, action + ": the configuration is said to have " + blob.size() + " bytes");
            }
            if (!store.content().has(digest)) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                repository.blob(action, blob, 0, content, done -> {});
                if (!Digest.of(content.toByteArray()).equals(digest)) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            action + ": the configuration's digest is " + Digest.of(content.toByteArray())
                                    + ", expected " + digest);
                }
                store.content().put(content.toByteArray());
            }
            return digest;
        }

        List<Digest> diffIds(Manifest manifest, ConfigDocument config) {
            boolean fits = config.os().equals(ConfigDocuments.OPERATING_SYSTEM)
                    && config.architecture().equals(ConfigDocuments.ARCHITECTURE);
            if (!fits) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        action + ": the image is made for " + config.os() + "/" + config.architecture()
                                + ", not for linux/amd64");
            }
            List<String> diffIds = config.rootfs().diffIds();
            if (diffIds.size() != manifest.layers().size()) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        action + ": the manifest has " + manifest.layers().size() + " layers, the configuration "
                                + diffIds.size());
            }
            return diffIds.stream().map(Digest::parse).toList();
        }

        void layers(Manifest manifest, List<Digest> diffIds) {
            List<Runnable> work = new ArrayList<>();
            for (int i = 0; i < diffIds.size(); i++) {
                BlobDescriptor blob = manifest.layers().get(i);
                Digest diffId = diffIds.get(i);
                work.add(() -> layer(blob, diffId));
            }
            ParallelWork.run(action, work, LAYERS_AT_ONCE);
        }

        private void layer(BlobDescriptor blob, Digest diffId) {
            Digest digest = Digest.parse(blob.digest());
            String id = digest.brief();
            boolean there = bring(blob, digest, diffId, id);
            if (there && store.layers().find(diffId).isPresent()) {
                progress.report(Progress.Step.of(id, "already exists"));
                return;
            }
            if (there) {
                progress.report(new Progress.Step(id, "extracting", 0, 0));
                extract(blob, digest, diffId, id);
            }
            progress.report(Progress.Step.of(id, "pull complete"));
        }

        /** Unpacks what the store has; what it has torn is fetched anew. */
        private void extract(BlobDescriptor blob, Digest digest, Digest diffId, String id) {
            try {
                store.layers().unpack(blob, diffId);
            } catch (BerthException e) {
                if (e.code() != ErrorCode.INVALID || store.content().isSound(digest)) {
                    throw e;
                }
                progress.report(Progress.Step.of(id, "damaged here, fetching it anew"));
                store.content().discard(digest);
                bring(blob, digest, diffId, id);
            }
        }

        /** Sees to it that the store has a blob; one that comes is unpacked. @return whether it was there already */
        private boolean bring(BlobDescriptor blob, Digest digest, Digest diffId, String id) {
            try (KeyedLocks.Held held = blobLocks.hold(digest)) {
                boolean there = store.content().has(digest, blob.size());
                if (!there && !download(blob, diffId, id)) {
                    // what an earlier pull left was torn; it is gone now
                    download(blob, diffId, id);
                }
                return there;
            }
        }

        private boolean download(BlobDescriptor blob, Digest diffId, String id) {
            return new BlobDownload(store, repository, action + ", layer " + id, blob, Optional.of(diffId), progress)
                    .run();
        }
    }

    /** What tells a manifest from an index. */
    private record Kind(
            Optional<String> mediaType, Optional<Object> manifests, Optional<Object> layers, Optional<Object> config) {}
}
