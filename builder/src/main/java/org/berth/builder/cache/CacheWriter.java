package org.berth.builder.cache;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.Progress;
import org.berth.image.Images;
import org.berth.image.LayerExchange;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.store.Digest;

/** Writes a build's steps to a place. */
public final class CacheWriter {
    private static final String ID = "cache";

    private final Images images;

    /** @param images whose layers they are */
    public CacheWriter(Images images) {
        this.images = images;
    }

    /**
     * Writes a cache, in the place of the one that was there.
     *
     * @param steps what the build's steps made, in any order
     * @param result the image's layers: with mode=min only these go along
     */
    public void write(CachePlace.Export export, Collection<CachedStep> steps, List<String> result, Progress progress) {
        String place = export.place().name();
        CacheStore store = CacheStore.of(export.place(), images, "export the cache to " + place);
        LayerExchange layers = images.layers();
        Map<String, BlobDescriptor> blobs = new LinkedHashMap<>();
        List<CachedStep> told = new ArrayList<>();
        for (CachedStep step : steps) {
            boolean goes = (export.all() || result.contains(step.layer())) && layers.has(step.layer());
            if (goes && !blobs.containsKey(step.layer())) {
                BlobDescriptor blob = layers.blob(step.layer());
                String id = Digest.parse(blob.digest()).brief();
                progress.report(Progress.Step.of(ID, "layer " + id + " to " + place));
                store.put(blob, offset -> layers.open(blob, offset));
                blobs.put(step.layer(), blob);
            }
            told.add(new CachedStep(
                    step.key(), step.layer(), step.made(), Optional.ofNullable(blobs.get(step.layer()))));
        }
        byte[] list = CacheDocuments.steps(told);
        put(store, BlobDescriptor.of(CacheDocuments.MEDIA_TYPE, Digest.of(list).toString(), list.length), list);
        List<BlobDescriptor> all = blobs.values().stream().distinct().toList();
        if (all.isEmpty()) {
            put(store, CacheDocuments.nothing(), CacheDocuments.NOTHING);
        }
        store.publish(CacheDocuments.manifest(list, all));
        progress.report(
                Progress.Step.of(ID, told.size() + " steps and " + all.size() + " layers exported to " + place));
    }

    private static void put(CacheStore store, BlobDescriptor blob, byte[] content) {
        store.put(blob, offset -> new ByteArrayInputStream(content, (int) offset, content.length - (int) offset));
    }
}
