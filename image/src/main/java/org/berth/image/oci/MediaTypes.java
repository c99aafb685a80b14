package org.berth.image.oci;

import java.util.List;

/** Media types of the OCI image-spec (media-types.md) and Docker's of the same documents (image manifest v2, schema 2). */
public final class MediaTypes {
    public static final String INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    public static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
    public static final String LAYER_GZIP = LAYER + "+gzip";
    public static final String LAYER_ZSTD = LAYER + "+zstd";

    public static final String DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    public static final String DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

    /** The first, retired schema; named to be refused by name. */
    public static final String DOCKER_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json";

    public static final String DOCKER_SCHEMA_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /** What a registry is asked for, the better first. */
    public static final List<String> ACCEPTED_MANIFESTS = List.of(INDEX, MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST);

    private MediaTypes() {}

    /** Whether the document lists manifests, one a platform. */
    public static boolean isIndex(String mediaType) {
        return mediaType.equals(INDEX) || mediaType.equals(DOCKER_INDEX);
    }

    /** Whether the document is one image's manifest. */
    public static boolean isManifest(String mediaType) {
        return mediaType.equals(MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
    }

    /** Whether a layer of this type is not to be kept by registries: its license forbids it. */
    public static boolean isForeign(String mediaType) {
        return mediaType.contains("nondistributable") || mediaType.contains("foreign");
    }

    /** OCI's name of what may bear Docker's; others stay as they are. */
    public static String asOci(String mediaType) {
        return switch (mediaType) {
            case DOCKER_MANIFEST -> MANIFEST;
            case DOCKER_INDEX -> INDEX;
            case DOCKER_CONFIG -> CONFIG;
            case DOCKER_LAYER -> LAYER;
            case DOCKER_LAYER_GZIP -> LAYER_GZIP;
            default -> mediaType;
        };
    }
}
