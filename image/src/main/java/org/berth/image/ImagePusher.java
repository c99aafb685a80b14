package org.berth.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.catalog.PlatformIndexes;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.BlobSource;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.Registries;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import org.berth.image.store.StoredManifest;

/** Takes an image from the store to its registry: several layers at once, none that is there already. */
final class ImagePusher {
    private static final int LAYERS_AT_ONCE = 4;
    /** Repositories of the registry that a blob is looked for in. */
    private static final int MOUNTS_MAX = 3;

    private static final int INDEX_DEPTH_MAX = 3;
    private static final long PROGRESS_BYTES = 512 * 1024;

    private final ImageStore store;
    private final Registries registries;

    ImagePusher(ImageStore store, Registries registries) {
        this.store = store;
        this.registries = registries;
    }

    Pushed push(ImageIndex.Entry entry, Reference target, Optional<Credentials> credentials, Progress progress) {
        String action = "push " + target.familiar();
        Manifest manifest = store.manifest(entry);
        List<Digest> held = new ArrayList<>();
        held.add(Digest.parse(entry.manifest().digest()));
        held.add(Digest.parse(manifest.config().digest()));
        manifest.layers().forEach(layer -> held.add(Digest.parse(layer.digest())));
        try (ImageStore.Lease lease = store.hold(held)) {
            byte[] document = store.content().read(held.getFirst(), Documents.MANIFEST_BYTES_MAX);
            Repository repository = registries.repository(action, target, credentials);
            Push push = new Push(action, repository, target, progress);
            List<Runnable> work = new ArrayList<>();
            manifest.layers().stream().distinct().forEach(layer -> work.add(() -> push.layer(layer)));
            work.add(() -> push.blob(manifest.config(), done -> {}));
            ParallelWork.run(action, work, LAYERS_AT_ONCE);
            repository.pushManifest(
                    action, target.tag(), document, entry.manifest().mediaType());
            return new Pushed(target, held.getFirst().toString(), document.length);
        }
    }

    /**
     * Pushes an index with all manifests that it leads to.
     *
     * @throws BerthException NOT_FOUND when one of them, or a blob of one, is not here
     */
    Pushed pushAll(StoredManifest index, Reference target, Optional<Credentials> credentials, Progress progress) {
        String action = "push " + target.familiar();
        List<Document> documents = new ArrayList<>();
        collect(action, BlobDescriptor.of(index.mediaType(), index.digest(), index.size()), documents, 0);
        List<BlobDescriptor> blobs = documents.stream()
                .flatMap(document -> document.blobs.stream())
                .distinct()
                .toList();
        try (ImageStore.Lease lease = store.hold(
                blobs.stream().map(blob -> Digest.parse(blob.digest())).toList())) {
            Push push = new Push(action, registries.repository(action, target, credentials), target, progress);
            List<Runnable> work = new ArrayList<>();
            blobs.forEach(blob -> work.add(() -> push.layer(blob)));
            ParallelWork.run(action, work, LAYERS_AT_ONCE);
            for (Document document : documents) {
                String name = document == documents.getLast() ? target.tag() : document.descriptor.digest();
                boolean ignored =
                        push.repository.pushManifest(action, name, document.content, document.descriptor.mediaType());
                push.tell(document.descriptor);
            }
            return new Pushed(target, index.digest(), index.size());
        }
    }

    /**
     * A manifest or an index.
     *
     * @param blobs what it is made of
     */
    private record Document(BlobDescriptor descriptor, byte[] content, List<BlobDescriptor> blobs) {}

    /** What a document leads to, and then itself: registries want what is named before what names it. */
    private void collect(String action, BlobDescriptor descriptor, List<Document> documents, int depth) {
        Digest digest = Digest.parse(descriptor.digest());
        if (!store.content().has(digest)) {
            throw missing(action, "the manifest " + digest, descriptor);
        }
        if (depth > INDEX_DEPTH_MAX || documents.size() > PlatformIndexes.MANIFESTS_MAX) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    action + ": the index leads to more than " + PlatformIndexes.MANIFESTS_MAX
                            + " manifests, or is deeper than " + INDEX_DEPTH_MAX);
        }
        byte[] content = store.content().read(digest, Documents.MANIFEST_BYTES_MAX);
        List<BlobDescriptor> blobs = new ArrayList<>();
        if (MediaTypes.isIndex(descriptor.mediaType())) {
            Documents.read(content, ManifestIndex.class, action + ": the index")
                    .manifests()
                    .forEach(member -> collect(action, member, documents, depth + 1));
        } else {
            Manifest manifest = Documents.read(content, Manifest.class, action + ": the manifest");
            blobs.add(manifest.config());
            manifest.layers().stream()
                    .filter(layer -> !MediaTypes.isForeign(layer.mediaType()))
                    .forEach(blobs::add);
        }
        for (BlobDescriptor blob : blobs) {
            if (!store.content().has(Digest.parse(blob.digest()))) {
                throw missing(action, "the blob " + blob.digest() + " of the manifest " + digest, descriptor);
            }
        }
        documents.add(new Document(descriptor, content, blobs));
    }

    private static BerthException missing(String action, String what, BlobDescriptor manifest) {
        String platform = manifest.platform().map(found -> " (" + found + ")").orElse("");
        return new BerthException(
                ErrorCode.NOT_FOUND,
                action + ": " + what + platform + " is not here; pull the image with --all-platforms first, or push"
                        + " without it what this machine has");
    }

    /** One push. */
    private final class Push {
        private final String action;
        private final Repository repository;
        private final Reference target;
        private final Progress progress;

        Push(String action, Repository repository, Reference target, Progress progress) {
            this.action = action;
            this.repository = repository;
            this.target = target;
            this.progress = progress;
        }

        void layer(BlobDescriptor blob) {
            String id = Digest.parse(blob.digest()).brief();
            progress.report(Progress.Step.of(id, "preparing"));
            Repository.Way way = blob(blob, new Steps(id, blob.size())::report);
            progress.report(Progress.Step.of(
                    id,
                    switch (way) {
                        case THERE -> "layer already exists";
                        case MOUNTED -> "mounted from another repository";
                        case SENT -> "pushed";
                    }));
        }

        void tell(BlobDescriptor manifest) {
            String platform =
                    manifest.platform().map(BlobDescriptor.Platform::toString).orElse("the index");
            progress.report(Progress.Step.of(Digest.parse(manifest.digest()).brief(), "pushed, " + platform));
        }

        Repository.Way blob(BlobDescriptor blob, java.util.function.LongConsumer steps) {
            Digest digest = Digest.parse(blob.digest());
            return repository.pushBlob(action, blob, source(digest), others(digest), steps);
        }

        /** Repositories of the same registry that an image with this blob is named after. */
        private List<String> others(Digest blob) {
            return store.images().stream()
                    .filter(entry -> !entry.names().isEmpty())
                    .filter(entry -> store.blobs(entry).contains(blob))
                    .flatMap(entry -> entry.names().stream())
                    .map(Reference::parse)
                    .filter(name -> name.registry().equals(target.registry()))
                    .map(Reference::repository)
                    .filter(name -> !name.equals(target.repository()))
                    .distinct()
                    .limit(MOUNTS_MAX)
                    .toList();
        }

        /** Says how far an upload is, not at every read. */
        private final class Steps {
            private final String id;
            private final long total;
            private long next;

            Steps(String id, long total) {
                this.id = id;
                this.total = total;
            }

            void report(long done) {
                if (done >= next || done == total) {
                    next = done + PROGRESS_BYTES;
                    progress.report(new Progress.Step(id, "pushing", done, total));
                }
            }
        }
    }

    private BlobSource source(Digest digest) {
        return offset -> store.content().open(digest, offset);
    }
}
