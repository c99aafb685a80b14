package org.berth.builder.cache;

import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.berth.image.Images;
import org.berth.image.Reference;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.BlobSource;
import org.berth.image.registry.Repository;

/** A cache in a registry, with the credentials that are kept. */
final class RegistryCache implements CacheStore {
    private final Reference reference;
    private final String action;
    private final Repository repository;

    RegistryCache(Reference reference, Images images, String action) {
        this.reference = reference;
        this.action = action;
        this.repository = images.registries().repository(action, reference, Optional.empty());
    }

    @Override
    public byte[] manifest() {
        return repository
                .manifest(action, reference.digest().isEmpty() ? reference.tag() : reference.digest())
                .content();
    }

    @Override
    public void fetch(BlobDescriptor blob, OutputStream sink) {
        repository.blob(action, blob, 0, sink, _ -> {});
    }

    @Override
    public void put(BlobDescriptor blob, BlobSource source) {
        Repository.Way ignored = repository.pushBlob(action, blob, source, List.of(), _ -> {});
    }

    @Override
    public void publish(byte[] manifest) {
        boolean ignored = repository.pushManifest(action, reference.tag(), manifest, MediaTypes.MANIFEST);
    }
}
