package org.berth.image;

/**
 * What images take on disk, each layer and blob counted once however many images have it: the lengths of all files, as {@code
 * du --apparent-size} counts them, without folders and the store's own records.
 *
 * @param layersBytes unpacked layers
 * @param blobsBytes the same as they are sent, manifests and configurations
 */
public record StoreUsage(long layersBytes, long blobsBytes) {
    /** Both together. */
    public long bytes() {
        return layersBytes + blobsBytes;
    }
}
