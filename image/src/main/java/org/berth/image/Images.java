package org.berth.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.attached.Attachment;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.Registries;

/** The images of one instance, and what is made of them. Safe for concurrent use. */
public interface Images {
    /** An image by reference, id or an unambiguous prefix of an id. */
    Optional<Image> find(String nameOrId);

    /** All of them. */
    List<Image> list();

    /** The image from the store, else pulled, else (a Debian release, no registry in reach) bootstrapped. */
    Image obtain(Reference reference, Progress progress);

    /** Pulls from its registry even when the store has it. */
    Image pull(Reference reference, Progress progress);

    /** As {@link #pull(Reference, Progress)}, with credentials for the registry; empty for those that are kept. */
    default Image pull(Reference reference, Optional<Credentials> credentials, Progress progress) {
        return pull(reference, progress);
    }

    /** Pulls when the registry is in reach, else obtains: for who wants the newest that can be had. */
    default Image refresh(Reference reference, Optional<Credentials> credentials, Progress progress) {
        return obtain(reference, progress);
    }

    /**
     * Pushes the image of this name to its registry.
     *
     * @param name has a tag
     * @param credentials for the registry; empty for those that are kept
     */
    default Pushed push(Reference name, Optional<Credentials> credentials, Progress progress) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "push " + name.familiar() + ": these images can't be pushed");
    }

    /** What is attached to an image: bills of material, provenance, signatures; those that are here. */
    default List<Attachment> attached(Image image) {
        return List.of();
    }

    /** Attaches a document to an image; it goes along when the image is pushed. */
    default void attach(Image image, Attachment attachment) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images can have nothing attached");
    }

    /** Fetches an image's signatures from the registries that its names tell, where they can be reached. */
    default void fetchSignatures(Image image) {}

    /**
     * Brings an image for this machine, and, where its registry has it for others too, all of these: to be pushed and
     * served, not to be run.
     */
    default Image pullAll(Reference reference, Optional<Credentials> credentials, Progress progress) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images are for one platform");
    }

    /**
     * Sends an image for all platforms that {@link #pullAll} brought it for, or that were pushed here.
     *
     * @throws BerthException NOT_FOUND when it is here for this machine only, or a manifest is missing, which is named
     */
    default Pushed pushAll(Reference name, Optional<Credentials> credentials, Progress progress) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images are for one platform");
    }

    /** The digest of what a registry has under a name: an image's manifest, or an index of several. */
    default String remoteDigest(Reference name) {
        return registries().manifest(name, Optional.empty()).document().digest().toString();
    }

    /** The signatures that a name's repository has of a manifest or an index. */
    default List<Attachment> attachedThere(Reference name, String digest) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images have no registries");
    }

    /** Attaches a signature of a manifest or an index in a name's repository, besides those that are there. */
    default void attachThere(Reference name, String digest, Attachment signature) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images have no registries");
    }

    /** The registries that images are pulled from and pushed to. */
    default Registries registries() {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images have no registries");
    }

    /** These images as a registry serves them. */
    default ServedRepositories served() {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images can't be served");
    }

    /** These images' layers by themselves. */
    default LayerExchange layers() {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images' layers can't be had by themselves");
    }

    /** Gives an image one more name, taking it from another image that had it. */
    void tag(String id, Reference name);

    /**
     * Takes a name away; with the last name the image goes, unless a snapshot has its layers and no other image does
     * (CONFLICT). Layers that a snapshot or another image has stay in any case. Whose a snapshot is, its maker knows: who
     * must not remove a container's image asks the engine.
     */
    void remove(String nameOrId, boolean force);

    /** Unpacked size of a layer; 0 when the store does not have it. */
    long layerBytes(String diffId);

    /** What all images take on disk. */
    default StoreUsage usage() {
        return new StoreUsage(
                list().stream()
                        .flatMap(image -> image.layers().stream())
                        .distinct()
                        .mapToLong(this::layerBytes)
                        .sum(),
                0);
    }

    /** Writes an OCI image layout (image-layout.md) that skopeo and others read. */
    void saveLayout(List<String> namesOrIds, Path folder);

    /**
     * Writes images as one tar that docker, podman and skopeo load: a docker archive and an OCI layout in one.
     *
     * @param namesOrIds a name takes that name along, an id all names of the image
     */
    default void save(List<String> namesOrIds, java.io.OutputStream out) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images can't be saved");
    }

    /** Stores the images of such a tar, or of an OCI layout in a tar, plain or compressed. @return them, as they are now */
    default List<Image> load(java.io.InputStream archive, Progress progress) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images can't be loaded");
    }

    /** How an image came to be, the last step first. */
    default List<HistoryLine> history(String nameOrId) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "these images have no history");
    }

    /**
     * Stores an image made of layers that the store has.
     *
     * @param layers diff ids, the lowest first
     * @param history how each layer was made, the lowest first; further lines are steps that made none
     * @param name its name, if any
     */
    Image create(ImageConfig config, List<String> layers, List<String> history, Optional<Reference> name);

    /**
     * Makes a layer of what a container changed (an overlay's upper folder: whiteouts, opaque folders), by copying it. The
     * layer stays while this process runs, or for as long as an image or a snapshot uses it.
     *
     * @return its diff id
     */
    String addLayer(Path upper, Progress progress);

    /**
     * Makes a layer of what was written to a snapshot, and ends the snapshot: cheaper than {@link #addLayer} and {@link
     * #release}, for its upper folder becomes the layer. Nothing may be mounted on it any more.
     *
     * @return its diff id
     */
    default String commit(String key, Progress progress) {
        Snapshot snapshot =
                snapshot(key).orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "there is no snapshot " + key));
        String layer = addLayer(snapshot.upper(), progress);
        release(key);
        return layer;
    }

    /** Makes a layer of a tar stream, uncompressed. @return its diff id */
    String addLayer(java.io.InputStream tar, Progress progress);

    /**
     * A writable root on these layers, for a container or a build step.
     *
     * @param key its name: up to 128 letters, digits, "_", "." and "-"; CONFLICT when it is taken
     * @param layers diff ids, the lowest first; none for an empty root
     */
    Snapshot prepare(String key, List<String> layers);

    /** An existing snapshot. */
    Optional<Snapshot> snapshot(String key);

    /** What was changed in a snapshot, by its paths, in no order but that a folder comes before what is in it. */
    default List<RootChange> changes(String key) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "the changes of snapshots can't be told");
    }

    /** Bytes of the files that a snapshot has for itself; 0 where there is none. */
    default long snapshotBytes(String key) {
        return 0;
    }

    /**
     * Forgets what is kept for what may come: layers, blobs and parts of blobs that pulls which broke off would go on with.
     *
     * @return bytes that are free now
     */
    default long tidy() {
        return 0;
    }

    /** Removes a snapshot with all that was written to it. Idempotent. */
    void release(String key);

    /**
     * A root: layers below, one writable folder above.
     *
     * @param lower unpacked layers, the topmost first; at least one
     */
    record Snapshot(String key, List<Path> lower, Path upper, Path work) {}
}
