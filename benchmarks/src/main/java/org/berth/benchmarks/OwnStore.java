package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.store.ContentStore;
import org.berth.image.store.Digest;
import org.berth.image.store.LayerStore;

/**
 * An OCI layout unpacked in this process by the daemon's own store: digests verified, as many layers at once as a pull
 * unpacks, each with its record.
 */
final class OwnStore implements AutoCloseable {
    private static final int LAYERS_AT_ONCE = 4; // as in a pull

    private final Path folder;
    private final ContentStore content;
    private final List<Layer> layers = new ArrayList<>();
    private int runs;

    private record Layer(BlobDescriptor blob, Digest diffId) {}

    /**
     * @param layout of one image
     * @param folder goes with it
     */
    OwnStore(Path layout, Path folder) throws IOException {
        this.folder = folder;
        this.content = new ContentStore(folder);
        Path blobs = layout.resolve("blobs").resolve("sha256");
        try (Stream<Path> files = Files.list(blobs)) {
            for (Path file : files.toList()) {
                Path ignored = Files.copy(file, content.path(new Digest(String.valueOf(file.getFileName()))));
            }
        }
        ManifestIndex index = Documents.read(Files.readAllBytes(layout.resolve("index.json")), ManifestIndex.class, "");
        Manifest manifest = document(index.manifests().getFirst(), Manifest.class);
        ConfigDocument config = document(manifest.config(), ConfigDocument.class);
        for (int i = 0; i < manifest.layers().size(); i++) {
            layers.add(new Layer(
                    manifest.layers().get(i),
                    Digest.parse(config.rootfs().diffIds().get(i))));
        }
    }

    /** Unpacks all layers. @return milliseconds */
    double unpack() throws Exception {
        Path own = folder.resolve("run-" + ++runs);
        try (LayerStore store = new LayerStore(content, own.resolve("layers"), own.resolve("records"))) {
            long start = System.nanoTime();
            List<Path> ignored = Workers.run(LAYERS_AT_ONCE, layers, layer -> {
                store.unpack(layer.blob(), layer.diffId());
                return store.path(layer.diffId());
            });
            return (System.nanoTime() - start) / 1e6;
        } finally {
            Folders.remove(own);
        }
    }

    private <T> T document(BlobDescriptor blob, Class<T> type) {
        return Documents.read(
                content.read(Digest.parse(blob.digest()), Documents.CONFIG_BYTES_MAX), type, "the layout");
    }

    @Override
    public void close() throws IOException {
        Folders.remove(folder);
    }
}
