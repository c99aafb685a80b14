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
 * @param boot the kernel's run in which it was unpacked, while it may not be on disk yet; "" once it is
 * @param opaqueRoot whether it hides everything below
 * @param impliedFolders folders that no entry of the tar described, so that a layer below knows their owner and mode
 */
public record LayerRecord(
        int version,
        String diffId,
        BlobDescriptor blob,
        long unpackedBytes,
        String boot,
        boolean opaqueRoot,
        List<String> impliedFolders) {
    static final int VERSION = 1;

    /** Whether what was unpacked is sure to be whole: on disk, or unpacked since the machine was started. */
    boolean isWhole(String currentBoot) {
        return boot.isEmpty() || boot.equals(currentBoot);
    }

    LayerRecord onDisk() {
        return new LayerRecord(version, diffId, blob, unpackedBytes, "", opaqueRoot, impliedFolders);
    }
}
