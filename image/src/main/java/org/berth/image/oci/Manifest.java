package org.berth.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image's manifest (OCI image-spec, manifest.md): its configuration and its layers, the lowest first.
 *
 * @param mediaType "" where the document leaves it out
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Manifest(
        int schemaVersion,
        String mediaType,
        BlobDescriptor config,
        @JsonInclude List<BlobDescriptor> layers,
        Map<String, String> annotations) {

    public Manifest(
            int schemaVersion,
            @Nullable String mediaType,
            @Nullable BlobDescriptor config,
            @Nullable List<BlobDescriptor> layers,
            @Nullable Map<String, String> annotations) {
        this.schemaVersion = schemaVersion;
        this.mediaType = mediaType == null ? "" : mediaType;
        this.config = config == null ? BlobDescriptor.of("", "", 0) : config;
        this.layers = layers == null ? List.of() : List.copyOf(layers);
        this.annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    }

    /** An OCI manifest. */
    public static Manifest of(BlobDescriptor config, List<BlobDescriptor> layers) {
        return new Manifest(2, MediaTypes.MANIFEST, config, layers, Map.of());
    }

    /** The same image in OCI's media types; one that has them already is given back unchanged. */
    public Manifest asOci() {
        if (mediaType.equals(MediaTypes.MANIFEST) || mediaType.isEmpty()) {
            return this;
        }
        return new Manifest(
                schemaVersion,
                MediaTypes.asOci(mediaType),
                asOci(config),
                layers.stream().map(Manifest::asOci).toList(),
                annotations);
    }

    private static BlobDescriptor asOci(BlobDescriptor blob) {
        return BlobDescriptor.of(MediaTypes.asOci(blob.mediaType()), blob.digest(), blob.size());
    }
}
