package org.berth.image;

import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.registry.Registries;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;

/** Brings an image from its registry into the store. */
final class ImagePuller {
    private final ImageStore store;
    private final Registries registries;

    ImagePuller(ImageStore store, Registries registries) {
        this.store = store;
        this.registries = registries;
    }

    /** Why the reference's registry can't be reached; empty when it can. */
    Optional<String> unreachable(Reference reference) {
        return registries.unreachable(reference);
    }

    BerthException unavailable(Reference reference, String reason) {
        return new BerthException(ErrorCode.UNAVAILABLE, "pull " + reference.familiar() + ": " + reason);
    }

    ImageIndex.Entry pull(Reference reference, Progress progress) {
        throw new BerthException(ErrorCode.UNSUPPORTED, "pull " + reference.familiar() + ": " + store);
    }
}
