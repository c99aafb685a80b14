package org.berth.builder.cache;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Optional;
import org.berth.image.oci.BlobDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * What a step made.
 *
 * @param key the digest of all that it depends on, 64 hexadecimal digits
 * @param layer its diff id
 * @param made when
 * @param blob the layer, where the cache has it; of a cache of mode=min only the image's layers are there
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CachedStep(String key, String layer, Instant made, Optional<BlobDescriptor> blob) {
    public CachedStep(
            @Nullable String key,
            @Nullable String layer,
            @Nullable Instant made,
            @Nullable Optional<BlobDescriptor> blob) {
        this.key = key == null ? "" : key;
        this.layer = layer == null ? "" : layer;
        this.made = made == null ? Instant.EPOCH : made;
        this.blob = blob == null ? Optional.empty() : blob;
    }
}
