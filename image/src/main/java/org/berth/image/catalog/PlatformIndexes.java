package org.berth.image.catalog;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.image.Reference;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageStore;
import org.berth.image.store.StoredManifest;

/**
 * Images for several platforms: an index and all manifests that it names, as their registry has them, with blobs that this machine
 * does not unpack. They are kept beside what was pushed to here, in repositories named after their images in full. Which
 * image a name is says the store; an index that does not have that image is an old one, and none. Safe for concurrent use.
 */
public final class PlatformIndexes {
    /** Most manifests that an index may lead to. */
    public static final int MANIFESTS_MAX = 200;

    private final ImageStore store;

    public PlatformIndexes(ImageStore store) {
        this.store = store;
    }

    /**
     * The index under a name.
     *
     * @param manifest digest of the manifest that the name is here
     */
    public Optional<StoredManifest> find(Reference name, String manifest) {
        return store.catalog().names().stream()
                .filter(repository -> ServedRepositories.isOf(name, repository))
                .flatMap(repository -> store.catalog().manifest(repository, name.tag()).stream())
                .filter(stored -> MediaTypes.isIndex(stored.mediaType()))
                .filter(stored -> reached(stored).contains(manifest))
                .findFirst();
    }

    /**
     * Keeps a manifest or an index, whose parts the content store has and somebody holds.
     *
     * @param mediaType what its server calls it
     * @param tags of an index, the name's
     */
    public StoredManifest keep(Reference name, byte[] content, String mediaType, List<String> tags) {
        StoredManifest manifest = ManifestReader.read(content, mediaType);
        String repository = repository(name);
        manifest.blobs().forEach(blob -> store.catalog().addBlob(repository, Digest.parse(blob)));
        store.content().put(content);
        store.catalog().addManifest(repository, manifest, tags);
        return manifest;
    }

    /** Gives an index one more name. */
    public void tag(StoredManifest index, Reference name) {
        String repository = repository(name);
        for (Digest digest : reachedDigests(index)) {
            store.catalog().names().stream()
                    .flatMap(other -> store.catalog().manifest(other, digest.toString()).stream())
                    .findFirst()
                    .ifPresent(manifest -> {
                        manifest.blobs().forEach(blob -> store.catalog().addBlob(repository, Digest.parse(blob)));
                        store.catalog().addManifest(repository, manifest, tags(manifest, index, name));
                    });
        }
    }

    private static List<String> tags(StoredManifest manifest, StoredManifest index, Reference name) {
        return manifest.digest().equals(index.digest()) ? List.of(name.tag()) : List.of();
    }

    /** The name goes; what only its index had goes, too. */
    public void forget(Reference name) {
        String repository = repository(name);
        Optional<StoredManifest> index = store.catalog().manifest(repository, name.tag());
        if (index.isEmpty() || !store.catalog().removeTag(repository, name.tag())) {
            return;
        }
        Set<String> needed = new HashSet<>();
        for (String tag : store.catalog().tags(repository)) {
            store.catalog().manifest(repository, tag).ifPresent(other -> needed.addAll(withBlobs(other)));
        }
        List<Digest> doomed = withBlobs(index.get()).stream()
                .filter(digest -> !needed.contains(digest))
                .map(Digest::parse)
                .toList();
        doomed.forEach(digest -> {
            boolean manifest = store.catalog().removeManifest(repository, digest);
            boolean blob = !manifest && store.catalog().removeBlob(repository, digest);
        });
        store.collectBlobs(doomed);
    }

    /** Digests of an index, all manifests it leads to, and all they are made of. */
    private Set<String> withBlobs(StoredManifest index) {
        Set<String> all = new HashSet<>();
        for (Digest digest : reachedDigests(index)) {
            all.add(digest.toString());
            store.catalog().names().stream()
                    .flatMap(name -> store.catalog().manifest(name, digest.toString()).stream())
                    .findFirst()
                    .ifPresent(manifest -> all.addAll(manifest.blobs()));
        }
        return all;
    }

    private List<String> reached(StoredManifest index) {
        return reachedDigests(index).stream().map(Digest::toString).toList();
    }

    /** The index itself, and all manifests that it leads to. */
    private List<Digest> reachedDigests(StoredManifest index) {
        List<Digest> reached = new ArrayList<>(List.of(Digest.parse(index.digest())));
        for (int i = 0; i < reached.size() && i < MANIFESTS_MAX; i++) {
            Digest digest = reached.get(i);
            if (!store.content().has(digest)) {
                continue;
            }
            byte[] content = store.content().read(digest, Documents.MANIFEST_BYTES_MAX);
            for (BlobDescriptor manifest : Documents.read(content, ManifestIndex.class, "the index " + digest)
                    .manifests()) {
                Digest next = Digest.parse(manifest.digest());
                if (!reached.contains(next)) {
                    reached.add(next);
                }
            }
        }
        return reached;
    }

    private static String repository(Reference name) {
        return name.registry() + "/" + name.repository();
    }
}
