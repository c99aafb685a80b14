package org.berth.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.berth.base.BerthException;
import org.berth.image.oci.BlobDescriptor;

/** Layers by themselves, with no image around them: what the caches of builds are made of. Safe for concurrent use. */
public interface LayerExchange {
    /** Whether the store has a layer, by its diff id. */
    boolean has(String diffId);

    /**
     * A layer as a blob.
     *
     * @throws BerthException NOT_FOUND when the store does not have it
     */
    BlobDescriptor blob(String diffId);

    /** Opens a blob that {@link #blob} told; the caller closes it. */
    InputStream open(BlobDescriptor blob, long from) throws IOException;

    /**
     * Sees to it that the store has a layer. It stays while this process runs, or for as long as an image or a snapshot
     * uses it.
     *
     * @param fetch writes the blob; asked for only when the store does not have that
     * @throws BerthException INVALID when what comes is not what blob and diff id say; then nothing of it is kept
     */
    void bring(BlobDescriptor blob, String diffId, Fetch fetch);

    /** Where a blob comes from. */
    @FunctionalInterface
    interface Fetch {
        /** Writes the whole blob. */
        void into(OutputStream sink) throws IOException;
    }
}
