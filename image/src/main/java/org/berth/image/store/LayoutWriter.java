package org.berth.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;

/**
 * Writes images as an OCI image layout (image-spec, image-layout.md): {@code oci-layout}, {@code index.json} and
 * {@code blobs/sha256}. Documents of Docker's media types become OCI's, with the same configuration and layers.
 */
public final class LayoutWriter {
    private static final String VERSION_FILE = "oci-layout";
    private static final String INDEX_FILE = "index.json";
    private static final byte[] VERSION =
            "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";
    private static final String FULL_NAME = "io.containerd.image.name";

    private final ImageStore store;

    public LayoutWriter(ImageStore store) {
        this.store = store;
    }

    /**
     * An image to write.
     *
     * @param name its full name, if any
     * @param tag the name's tag, which the layout knows it by; "" for none
     */
    public record Chosen(ImageIndex.Entry entry, Optional<String> name, String tag) {}

    /** Writes a layout to a folder that isn't there, or is empty, or has a layout, which is replaced. */
    public void write(List<Chosen> images, Path folder) throws IOException {
        requireFree(folder);
        Path blobs = Files.createDirectories(folder.resolve("blobs").resolve("sha256"));
        List<BlobDescriptor> manifests = new ArrayList<>();
        for (Chosen image : images) {
            boolean alone = images.stream()
                            .filter(other -> other.tag().equals(image.tag()))
                            .count()
                    == 1;
            manifests.add(write(image, alone, blobs));
        }
        AtomicFiles.write(folder.resolve(VERSION_FILE), VERSION);
        AtomicFiles.write(folder.resolve(INDEX_FILE), Documents.write(ManifestIndex.of(manifests)));
    }

    private BlobDescriptor write(Chosen image, boolean alone, Path blobs) throws IOException {
        Manifest manifest = store.manifest(image.entry()).asOci();
        copy(Digest.parse(manifest.config().digest()), blobs);
        for (BlobDescriptor layer : manifest.layers()) {
            copy(Digest.parse(layer.digest()), blobs);
        }
        boolean same = manifest.equals(store.manifest(image.entry()));
        Digest stored = Digest.parse(image.entry().manifest().digest());
        byte[] document = same ? store.content().read(stored, Documents.MANIFEST_BYTES_MAX) : Documents.write(manifest);
        Digest digest = Digest.of(document);
        AtomicFiles.write(blobs.resolve(digest.hex()), document);
        return new BlobDescriptor(
                MediaTypes.MANIFEST,
                digest.toString(),
                document.length,
                annotations(image, alone),
                Optional.of(new BlobDescriptor.Platform(
                        "linux", store.config(image.entry()).architecture(), "")));
    }

    /** By its tag where that tells it from the others in the layout, else by its full name. */
    private static Map<String, String> annotations(Chosen image, boolean alone) {
        Map<String, String> annotations = new TreeMap<>();
        image.name().ifPresent(name -> {
            annotations.put(REFERENCE_NAME, alone && !image.tag().isEmpty() ? image.tag() : name);
            annotations.put(FULL_NAME, name);
        });
        return annotations;
    }

    private void copy(Digest digest, Path blobs) throws IOException {
        Path target = blobs.resolve(digest.hex());
        if (Files.exists(target)) {
            return;
        }
        Path draft = Folders.draft(blobs);
        try {
            try (InputStream in = store.content().open(digest);
                    OutputStream out = Files.newOutputStream(draft, StandardOpenOption.CREATE_NEW)) {
                in.transferTo(out);
            }
            Folders.commit(draft, target);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static void requireFree(Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new BerthException(ErrorCode.INVALID, folder + " is no folder; an image layout is one");
        }
        if (!Folders.list(folder).isEmpty() && !Files.exists(folder.resolve(VERSION_FILE))) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    folder + " is not empty and has no image layout; give a new or an empty folder");
        }
    }
}
