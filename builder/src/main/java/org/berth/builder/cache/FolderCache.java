package org.berth.builder.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.BlobSource;
import org.berth.image.store.Digest;

/** A cache in a folder: an OCI image layout (image-spec, image-layout.md), which may have several, by tag. */
final class FolderCache implements CacheStore {
    private static final byte[] VERSION = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";

    private final Path folder;
    private final String tag;

    FolderCache(Path folder, String tag) {
        this.folder = folder;
        this.tag = tag;
    }

    @Override
    public byte[] manifest() {
        BlobDescriptor manifest = index().stream()
                .filter(this::isOurs)
                .findFirst()
                .orElseThrow(
                        () -> new BerthException(ErrorCode.NOT_FOUND, folder + " has no cache with the tag " + tag));
        try {
            byte[] content = Files.readAllBytes(file(manifest));
            if (!Digest.of(content).toString().equals(manifest.digest())) {
                throw new BerthException(ErrorCode.INVALID, file(manifest) + " is not what its name says");
            }
            return content;
        } catch (IOException e) {
            throw FileErrors.of("read the cache " + folder, e);
        }
    }

    @Override
    public void fetch(BlobDescriptor blob, OutputStream sink) throws IOException {
        long ignored = Files.copy(file(blob), sink);
    }

    @Override
    public void put(BlobDescriptor blob, BlobSource source) {
        Path file = file(blob);
        if (Files.exists(file)) {
            return;
        }
        Path draft = file.resolveSibling("." + file.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            Files.createDirectories(folder.resolve("blobs").resolve("sha256"));
            MessageDigest hasher = Digest.hasher();
            try (InputStream content = new DigestInputStream(source.open(0), hasher)) {
                long ignored = Files.copy(content, draft);
            }
            if (!Digest.ended(hasher.digest()).toString().equals(blob.digest())) {
                throw new BerthException(ErrorCode.INVALID, "the blob " + blob.digest() + " is damaged");
            }
            Path ignored = Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileErrors.of("write the cache " + folder, e);
        } finally {
            draft.toFile().delete();
        }
    }

    @Override
    public void publish(byte[] manifest) {
        BlobDescriptor own = new BlobDescriptor(
                MediaTypes.MANIFEST,
                Digest.of(manifest).toString(),
                manifest.length,
                Map.of(REFERENCE_NAME, tag),
                Optional.empty());
        AtomicFiles.write(file(own), manifest);
        List<BlobDescriptor> all = new ArrayList<>(index());
        all.removeIf(this::isOurs);
        all.add(own);
        AtomicFiles.write(folder.resolve("oci-layout"), VERSION);
        AtomicFiles.write(folder.resolve("index.json"), Documents.write(ManifestIndex.of(all)));
    }

    private List<BlobDescriptor> index() {
        Path file = folder.resolve("index.json");
        try {
            return Documents.read(Files.readAllBytes(file), ManifestIndex.class, file.toString())
                    .manifests();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    private boolean isOurs(BlobDescriptor manifest) {
        return manifest.annotations().getOrDefault(REFERENCE_NAME, "").equals(tag);
    }

    private Path file(BlobDescriptor blob) {
        return folder.resolve("blobs")
                .resolve("sha256")
                .resolve(Digest.parse(blob.digest()).hex());
    }
}
