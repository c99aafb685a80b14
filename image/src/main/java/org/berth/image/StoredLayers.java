package org.berth.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.berth.base.FileErrors;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.store.ContentStore;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageStore;
import org.berth.image.store.KeyedLocks;

/** The layers of one store, given and taken by themselves. */
final class StoredLayers implements LayerExchange {
    private final ImageStore store;
    private final KeyedLocks locks = new KeyedLocks();

    StoredLayers(ImageStore store) {
        this.store = store;
    }

    @Override
    public boolean has(String diffId) {
        return store.layers().find(Digest.parse(diffId)).isPresent();
    }

    @Override
    public BlobDescriptor blob(String diffId) {
        return store.layers().get(Digest.parse(diffId)).blob();
    }

    @Override
    public InputStream open(BlobDescriptor blob, long from) throws IOException {
        return store.content().open(Digest.parse(blob.digest()), from);
    }

    @Override
    public void bring(BlobDescriptor blob, String diffId, Fetch fetch) {
        Digest content = Digest.parse(blob.digest());
        Digest layer = Digest.parse(diffId);
        try (KeyedLocks.Held held = locks.hold(content);
                ImageStore.Lease lease = store.hold(List.of(content, layer))) {
            if (store.layers().find(layer).isEmpty()) {
                if (!store.content().has(content, blob.size())) {
                    download(content, fetch);
                }
                store.layers().unpack(blob, layer);
            }
            store.keepFresh(layer);
        }
    }

    private void download(Digest content, Fetch fetch) {
        try (ContentStore.Draft draft = store.content().draft()) {
            fetch.into(draft);
            draft.commit(content);
        } catch (IOException e) {
            throw FileErrors.of("fetch the layer " + content, e);
        }
    }
}
