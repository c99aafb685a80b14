package org.berth.image.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.Reference;
import org.berth.image.RegistryNames;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.ContentStore;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import org.berth.image.store.StoredManifest;

/**
 * The store as a registry: what was pushed, and the images by their names. An image "app:1" is in the repositories {@code
 * app}, {@code library/app} and {@code docker.io/library/app}; one of another registry in that of its name in full. What is
 * pushed with a tag and is an image for this machine is an image of the store, too, from then on. Safe for concurrent use.
 */
public final class ServedRepositories {
    private final ImageStore store;

    public ServedRepositories(ImageStore store) {
        this.store = store;
    }

    /** Where content is kept. */
    public ContentStore content() {
        return store.content();
    }

    /** Names of all repositories, sorted; those of images by their familiar names. */
    public List<String> names() {
        TreeSet<String> names = new TreeSet<>(store.catalog().names());
        imageNames().map(Reference::familiarName).forEach(names::add);
        names.removeIf(name -> name.contains(":")); // what no client can ask for
        return List.copyOf(names);
    }

    /** A repository's tags, sorted; empty when there is no such repository. */
    public Optional<List<String>> tags(String name) {
        Set<String> tags = new TreeSet<>(store.catalog().tags(name));
        imagesOf(name).forEach(image -> tags.add(image.reference.tag()));
        return tags.isEmpty() && !store.catalog().has(name) ? Optional.empty() : Optional.of(List.copyOf(tags));
    }

    /** A manifest by tag or digest. */
    public Optional<StoredManifest> manifest(String name, String tagOrDigest) {
        Optional<StoredManifest> pushed = store.catalog().manifest(name, tagOrDigest);
        return pushed.isPresent()
                ? pushed
                : imagesOf(name)
                        .filter(image -> image.reference.tag().equals(tagOrDigest)
                                || image.entry.manifest().digest().equals(tagOrDigest))
                        .map(image -> ofImage(image.entry))
                        .findFirst();
    }

    private StoredManifest ofImage(ImageIndex.Entry entry) {
        byte[] content = store.content().read(Digest.parse(entry.manifest().digest()), Documents.MANIFEST_BYTES_MAX);
        return ManifestReader.read(content, entry.manifest().mediaType());
    }

    /** Whether a repository has a blob. */
    public boolean hasBlob(String name, Digest digest) {
        return (store.catalog().hasBlob(name, digest)
                        || imagesOf(name)
                                .anyMatch(image -> store.blobs(image.entry).contains(digest)))
                && store.content().has(digest);
    }

    /** Manifests that refer to this one. */
    public List<StoredManifest> referrers(String name, Digest subject) {
        return store.catalog().referrers(name, subject);
    }

    /**
     * Puts a blob that another repository has into this one.
     *
     * @param from that repository; empty for any
     * @return whether it is there now
     */
    public boolean mount(String name, Digest digest, Optional<String> from) {
        try (ImageStore.Lease lease = store.hold(List.of(digest))) {
            boolean there = store.content().has(digest)
                    && (from.isPresent()
                            ? hasBlob(from.get(), digest)
                            : store.catalog().anyHas(digest) || ofAnyImage(digest));
            if (there) {
                store.catalog().addBlob(name, digest);
            }
            return there;
        }
    }

    private boolean ofAnyImage(Digest digest) {
        return store.images().stream().anyMatch(entry -> store.blobs(entry).contains(digest));
    }

    /** Stores a draft as a blob of a repository; INVALID when its content is not of this digest. */
    public void commit(String name, ContentStore.Draft draft, Digest digest) throws IOException {
        try (ImageStore.Lease lease = store.hold(List.of(digest))) {
            draft.commit(digest);
            store.catalog().addBlob(name, digest);
        }
    }

    /**
     * Stores a manifest or an index.
     *
     * @param contentType what the client calls it; "" for what it calls itself
     * @param tags its new tags
     * @throws BerthException NOT_FOUND when a blob is missing that it is made of
     */
    public StoredManifest put(String name, byte[] content, String contentType, List<String> tags) {
        StoredManifest manifest = ManifestReader.read(content, contentType);
        Digest digest = Digest.parse(manifest.digest());
        List<Digest> parts = Stream.concat(
                        Stream.of(digest), manifest.blobs().stream().map(Digest::parse))
                .toList();
        try (ImageStore.Lease lease = store.hold(parts)) {
            for (Digest blob : parts.subList(1, parts.size())) {
                if (!hasBlob(name, blob)) {
                    throw new BerthException(
                            ErrorCode.NOT_FOUND, "the manifest names the blob " + blob + ", which " + name + " lacks");
                }
                store.catalog().addBlob(name, blob); // that of an image stays though the image goes
            }
            store.content().put(content);
            store.catalog().addManifest(name, manifest, tags);
            tags.forEach(tag -> addImage(name, tag, manifest, content));
            return manifest;
        }
    }

    /**
     * What is an image for this machine, or an index that has one, can be run here from now on; its layers are unpacked when
     * it first is.
     */
    private void addImage(String name, String tag, StoredManifest stored, byte[] content) {
        if (MediaTypes.isIndex(stored.mediaType())) {
            Documents.read(content, ManifestIndex.class, "the index")
                    .forPlatform("linux", "amd64")
                    .flatMap(manifest -> store.catalog().manifest(name, manifest.digest()))
                    .filter(manifest -> MediaTypes.isManifest(manifest.mediaType()))
                    .ifPresent(manifest -> addImage(name, tag, manifest, read(manifest)));
            return;
        }
        try {
            Manifest manifest = Documents.read(content, Manifest.class, "the manifest");
            String type = MediaTypes.asOci(manifest.config().mediaType());
            Digest config = Digest.parse(manifest.config().digest());
            if (type.equals(MediaTypes.CONFIG) && isForThisMachine(config, manifest)) {
                store.add(
                        config,
                        BlobDescriptor.of(stored.mediaType(), stored.digest(), content.length),
                        Optional.of(Reference.parse(name + ":" + tag).full()));
            }
        } catch (BerthException e) {
            // an artifact that looks like an image is one for whoever pushed it
        }
    }

    private byte[] read(StoredManifest manifest) {
        return store.content().read(Digest.parse(manifest.digest()), Documents.MANIFEST_BYTES_MAX);
    }

    private boolean isForThisMachine(Digest config, Manifest manifest) {
        ConfigDocument document = Documents.read(
                store.content().read(config, Documents.CONFIG_BYTES_MAX), ConfigDocument.class, "the configuration");
        return document.os().equals("linux")
                && document.architecture().equals("amd64")
                && document.rootfs().diffIds().size() == manifest.layers().size();
    }

    /** Takes a tag away. False when there is none that was pushed. */
    public boolean deleteTag(String name, String tag) {
        Optional<StoredManifest> manifest = store.catalog().manifest(name, tag);
        boolean there = store.catalog().removeTag(name, tag);
        if (there) {
            manifest.ifPresent(stored -> unname(name, tag, stored.digest()));
        }
        return there;
    }

    /** The image's name goes with the tag, if it still is that image and has another; images go by berth rmi. */
    private void unname(String name, String tag, String digest) {
        String full = Reference.parse(name + ":" + tag).full();
        boolean same = store.images().stream()
                .anyMatch(entry -> entry.names().contains(full)
                        && entry.manifest().digest().equals(digest));
        if (same && !store.unname(full)) {
            store.removeIfUnused(full);
        }
    }

    /** Takes a manifest away with its tags. False when there is none that was pushed. */
    public boolean deleteManifest(String name, Digest digest) {
        List<String> tags = store.catalog().tags(name).stream()
                .filter(tag -> store.catalog()
                        .manifest(name, tag)
                        .map(manifest -> manifest.digest().equals(digest.toString()))
                        .orElse(false))
                .toList();
        boolean there = store.catalog().removeManifest(name, digest);
        if (there) {
            tags.forEach(tag -> unname(name, tag, digest.toString()));
            store.collectBlobs(List.of(digest));
        }
        return there;
    }

    /** Takes a blob away. False when there is none that was pushed. */
    public boolean deleteBlob(String name, Digest digest) {
        boolean there = store.catalog().removeBlob(name, digest);
        if (there) {
            store.collectBlobs(List.of(digest));
        }
        return there;
    }

    private record Named(ImageIndex.Entry entry, Reference reference) {}

    private Stream<Named> imagesOf(String name) {
        return store.images().stream()
                .flatMap(entry -> entry.names().stream()
                        .map(Reference::parse)
                        .filter(reference -> !reference.tag().isEmpty())
                        .filter(reference -> isOf(reference, name))
                        .map(reference -> new Named(entry, reference)));
    }

    static boolean isOf(Reference reference, String name) {
        String full = reference.registry() + "/" + reference.repository();
        return name.equals(full)
                || name.equals(reference.familiarName())
                || (RegistryNames.DEFAULT_REGISTRY + "/" + name).equals(full);
    }

    private Stream<Reference> imageNames() {
        return store.images().stream()
                .flatMap(entry -> entry.names().stream())
                .map(Reference::parse)
                .filter(reference -> !reference.tag().isEmpty());
    }
}
