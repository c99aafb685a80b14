package org.berth.builder.cache;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.image.Images;
import org.berth.image.LayerExchange;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.store.Digest;

/** A cache that was read: its list of steps at once, each layer when it is needed. */
public final class ImportedCache {
    private final CacheStore store;
    private final Map<String, CachedStep> steps;

    private ImportedCache(CacheStore store, Map<String, CachedStep> steps) {
        this.store = store;
        this.steps = steps;
    }

    /**
     * Reads a cache's list of steps.
     *
     * @throws BerthException NOT_FOUND where there is none, INVALID for what is no cache
     */
    public static ImportedCache read(CachePlace place, Images images) {
        CacheStore store = CacheStore.of(place, images, "import the cache " + place.name());
        BlobDescriptor list = CacheDocuments.list(store.manifest(), place.name());
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try {
            store.fetch(list, content);
        } catch (IOException e) {
            throw FileErrors.of("import the cache " + place.name(), e);
        }
        if (!Digest.of(content.toByteArray()).toString().equals(list.digest())) {
            throw new BerthException(ErrorCode.INVALID, place.name() + ": its list of steps is damaged");
        }
        return new ImportedCache(store, CacheDocuments.read(content.toByteArray(), place.name()));
    }

    /** What the step of a key made. */
    public Optional<CachedStep> find(String key) {
        return Optional.ofNullable(steps.get(key));
    }

    /** Brings a step's layer into the store. */
    public void bring(String layer, BlobDescriptor blob, LayerExchange layers) {
        layers.bring(blob, layer, sink -> store.fetch(blob, sink));
    }
}
