package org.berth.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.Progress;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.registry.BlobSource;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.Registries;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;

/** Takes an image from the store to its registry: several layers at once, none that is there already. */
final class ImagePusher {
    private static final int LAYERS_AT_ONCE = 4;
    /** Repositories of the registry that a blob is looked for in. */
    private static final int MOUNTS_MAX = 3;

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
