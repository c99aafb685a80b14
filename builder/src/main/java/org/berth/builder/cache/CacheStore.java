package org.berth.builder.cache;

import java.io.IOException;
import java.io.OutputStream;
import org.berth.image.Images;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.registry.BlobSource;

/** A place that keeps a cache: blobs by digest, and a manifest by name. */
interface CacheStore {
    /** The manifest. @throws org.berth.base.BerthException NOT_FOUND when there is none */
    byte[] manifest();

    /** Writes a blob, which is not verified here. */
    void fetch(BlobDescriptor blob, OutputStream sink) throws IOException;

    /** Sees to it that the place has a blob. */
    void put(BlobDescriptor blob, BlobSource source);

    /** Makes this the manifest; its blobs are there. */
    void publish(byte[] manifest);

    /** The one of a place. */
    static CacheStore of(CachePlace place, Images images, String action) {
        return switch (place) {
            case CachePlace.Registry registry -> new RegistryCache(registry.reference(), images, action);
            case CachePlace.Folder folder -> new FolderCache(folder.folder(), folder.tag());
        };
    }
}
