package org.berth.image.store;

import java.util.List;
import java.util.Map;

/**
 * What is known of a manifest without reading it.
 *
 * @param artifactType its own, else its configuration's media type; "" for none
 * @param subject digest of the manifest that it refers to; "" for none
 * @param blobs digests of what it is made of: configuration and layers, not manifests
 */
public record StoredManifest(
        String digest,
        String mediaType,
        long size,
        String artifactType,
        String subject,
        Map<String, String> annotations,
        List<String> blobs) {
    public StoredManifest {
        annotations = Map.copyOf(annotations);
        blobs = List.copyOf(blobs);
    }
}
