package org.berth.image;

import java.util.List;

/**
 * An image in the store.
 *
 * @param id the configuration's digest, "sha256:..."
 * @param manifestDigest the manifest's digest
 * @param names references that point to it, in full: "docker.io/library/debian:bookworm"
 * @param config how to run it
 * @param layers diff ids, the lowest first
 * @param sizeBytes unpacked size of all layers
 */
public record Image(
        String id,
        String manifestDigest,
        List<Reference> names,
        ImageConfig config,
        List<String> layers,
        long sizeBytes) {
    /** The label of a build step's container, and of the nameless image that it is made of. */
    public static final String STEP_LABEL = "org.berth.build.step";

    /** Whether it is there for a build's sake only: lists leave such images out unless asked for all. */
    public boolean isIntermediate() {
        return names.isEmpty() && config.labels().containsKey(STEP_LABEL);
    }
}
