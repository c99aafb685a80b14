package org.berth.image.store;

import java.util.List;
import org.berth.image.oci.BlobDescriptor;

/**
 * What the store knows of a layer that it has unpacked.
 *
 * @param version of this record's form
 * @param diffId digest of the uncompressed tar
 * @param blob the layer as a blob, as it was fetched or made
 * @param unpackedBytes content of all its files
 * @param opaqueRoot whether it hides everything below
 * @param impliedFolders folders that no entry of the tar described, so that a layer below knows their owner and mode
 */
public record LayerRecord(
        int version,
        String diffId,
        BlobDescriptor blob,
        long unpackedBytes,
        boolean opaqueRoot,
        List<String> impliedFolders) {
    static final int VERSION = 1;
}
