package org.berth.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a document says of a blob (OCI image-spec, descriptor.md).
 *
 * @param mediaType what it is; "" where the document leaves it out
 * @param digest "sha256:...", not checked yet
 * @param size bytes
 * @param platform for which machines, in an index
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BlobDescriptor(
        String mediaType, String digest, long size, Map<String, String> annotations, Optional<Platform> platform) {

    public BlobDescriptor(
            @Nullable String mediaType,
            @Nullable String digest,
            long size,
            @Nullable Map<String, String> annotations,
            @Nullable Optional<Platform> platform) {
        this.mediaType = mediaType == null ? "" : mediaType;
        this.digest = digest == null ? "" : digest;
        this.size = size;
        this.annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
        this.platform = platform == null ? Optional.empty() : platform;
    }

    /** A blob with neither annotations nor a platform. */
    public static BlobDescriptor of(String mediaType, String digest, long size) {
        return new BlobDescriptor(mediaType, digest, size, Map.of(), Optional.empty());
    }

    /**
     * A kind of machine.
     *
     * @param variant "v8"; "" for none
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Platform(String os, String architecture, String variant) {
        public Platform(@Nullable String os, @Nullable String architecture, @Nullable String variant) {
            this.os = os == null ? "" : os;
            this.architecture = architecture == null ? "" : architecture;
            this.variant = variant == null ? "" : variant;
        }

        @Override
        public String toString() {
            return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
        }
    }
}
