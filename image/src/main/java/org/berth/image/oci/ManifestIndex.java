package org.berth.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A list of manifests, one a platform (OCI image-spec, image-index.md). */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ManifestIndex(
        int schemaVersion, String mediaType, @JsonInclude List<BlobDescriptor> manifests) {

    public ManifestIndex(int schemaVersion, @Nullable String mediaType, @Nullable List<BlobDescriptor> manifests) {
        this.schemaVersion = schemaVersion;
        this.mediaType = mediaType == null ? "" : mediaType;
        this.manifests = manifests == null ? List.of() : List.copyOf(manifests);
    }

    /** An OCI index of these manifests. */
    public static ManifestIndex of(List<BlobDescriptor> manifests) {
        return new ManifestIndex(2, MediaTypes.INDEX, manifests);
    }

    /** The manifest for a platform; of several the one without a variant, else the first. */
    public Optional<BlobDescriptor> forPlatform(String os, String architecture) {
        List<BlobDescriptor> fitting = manifests.stream()
                .filter(manifest -> manifest.platform()
                        .filter(platform -> platform.os().equals(os)
                                && platform.architecture().equals(architecture))
                        .isPresent())
                .toList();
        return fitting.stream()
                .filter(manifest -> manifest.platform()
                        .map(platform -> platform.variant().isEmpty())
                        .orElse(false))
                .findFirst()
                .or(() -> fitting.stream().findFirst());
    }
}
