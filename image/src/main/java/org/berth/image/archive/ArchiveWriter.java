package org.berth.image.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.berth.image.Reference;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;

/**
 * Writes images as one tar that is both an OCI image layout (image-spec, image-layout.md) and a docker archive ({@code
 * manifest.json}), as docker does since 25. The same images always give the same bytes.
 */
public final class ArchiveWriter {
    private static final String BLOBS = "blobs/sha256/";
    private static final byte[] LAYOUT =
            "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final ImageStore store;
    private final TarArchiveOutputStream tar;
    private final Set<Digest> written = new HashSet<>();

    private ArchiveWriter(ImageStore store, TarArchiveOutputStream tar) {
        this.store = store;
        this.tar = tar;
    }

    /**
     * An image to write.
     *
     * @param names the names that it has in the archive, in full
     */
    public record Chosen(ImageIndex.Entry entry, List<Reference> names) {}

    /** Writes them; the stream stays open. */
    public static void write(ImageStore store, List<Chosen> images, OutputStream out) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        new ArchiveWriter(store, tar).write(images);
        tar.finish();
        tar.flush();
    }

    private void write(List<Chosen> images) throws IOException {
        List<BlobDescriptor> manifests = new ArrayList<>();
        List<Map<String, Object>> docker = new ArrayList<>();
        for (Chosen image : images) {
            Manifest manifest = store.manifest(image.entry()).asOci();
            blob(Digest.parse(manifest.config().digest()));
            for (BlobDescriptor layer : manifest.layers()) {
                blob(Digest.parse(layer.digest()));
            }
            manifests.addAll(descriptors(image, document(image, manifest)));
            docker.add(dockerEntry(image, manifest));
        }
        file("index.json", Documents.write(ManifestIndex.of(manifests)));
        file("manifest.json", Documents.write(docker));
        file("oci-layout", LAYOUT);
    }

    /** The manifest as it is stored, or, where that is docker's, an OCI one of the same parts. */
    private byte[] document(Chosen image, Manifest manifest) throws IOException {
        boolean same = manifest.equals(store.manifest(image.entry()));
        Digest stored = Digest.parse(image.entry().manifest().digest());
        byte[] document = same ? store.content().read(stored, Documents.MANIFEST_BYTES_MAX) : Documents.write(manifest);
        if (written.add(Digest.of(document))) {
            file(BLOBS + Digest.of(document).hex(), document);
        }
        return document;
    }

    /** One for each name: a layout knows a manifest by one. */
    private List<BlobDescriptor> descriptors(Chosen image, byte[] document) {
        List<BlobDescriptor> descriptors = new ArrayList<>();
        Optional<BlobDescriptor.Platform> platform = Optional.of(
                new BlobDescriptor.Platform("linux", store.config(image.entry()).architecture(), ""));
        List<Optional<Reference>> names = image.names().isEmpty()
                ? List.of(Optional.empty())
                : image.names().stream().map(Optional::of).toList();
        for (Optional<Reference> name : names) {
            Map<String, String> annotations = new TreeMap<>();
            name.ifPresent(reference -> {
                annotations.put("io.containerd.image.name", reference.full());
                annotations.put("org.opencontainers.image.ref.name", reference.tag());
            });
            descriptors.add(new BlobDescriptor(
                    MediaTypes.MANIFEST, Digest.of(document).toString(), document.length, annotations, platform));
        }
        return descriptors;
    }

    private static Map<String, Object> dockerEntry(Chosen image, Manifest manifest) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("Config", path(manifest.config()));
        entry.put("RepoTags", image.names().stream().map(Reference::familiar).toList());
        entry.put("Layers", manifest.layers().stream().map(ArchiveWriter::path).toList());
        return entry;
    }

    private static String path(BlobDescriptor blob) {
        return BLOBS + Digest.parse(blob.digest()).hex();
    }

    private void blob(Digest digest) throws IOException {
        if (!written.add(digest)) {
            return;
        }
        try (InputStream in = store.content().open(digest)) {
            begin(BLOBS + digest.hex(), store.content().size(digest));
            in.transferTo(tar);
            tar.closeArchiveEntry();
        }
    }

    private void file(String name, byte[] content) throws IOException {
        begin(name, content.length);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private void begin(String name, long size) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(size);
        entry.setMode(0100644);
        entry.setModTime(0);
        entry.setIds(0, 0);
        tar.putArchiveEntry(entry);
    }
}
