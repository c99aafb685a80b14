package org.berth.image.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Manifest;

/** An image with its documents read. */
record StoredImage(Digest manifestDigest, Manifest manifest, ConfigDocument config) {
    /** Its layers' diff ids, the lowest first. */
    List<Digest> layers() {
        return config.rootfs().diffIds().stream().map(Digest::parse).toList();
    }

    /** The blob of one of its layers. */
    Optional<BlobDescriptor> blobOf(Digest diffId) {
        int position = layers().indexOf(diffId);
        return position < 0 || position >= manifest.layers().size()
                ? Optional.empty()
                : Optional.of(manifest.layers().get(position));
    }

    /** Every blob it is made of: manifest, configuration, layers. */
    List<Digest> blobs() {
        List<Digest> blobs = new ArrayList<>();
        blobs.add(manifestDigest);
        blobs.add(Digest.parse(manifest.config().digest()));
        manifest.layers().stream()
                .map(BlobDescriptor::digest)
                .map(Digest::parse)
                .forEach(blobs::add);
        return blobs;
    }
}
