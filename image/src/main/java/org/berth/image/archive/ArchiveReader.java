package org.berth.image.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.Progress;
import org.berth.image.Reference;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads images from a tar: an OCI image layout, what docker saves (of any age since 1.10), or both in one. Every layer is
 * unpacked, and its content held to what the configuration says, before the image appears.
 */
public final class ArchiveReader {
    private static final int IMAGES_MAX = 1000;
    private static final int INDEX_DEPTH_MAX = 3;
    private static final String FULL_NAME = "io.containerd.image.name";
    private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";

    private final ImageStore store;
    private final Progress progress;

    /** Documents that were not in the archive, and layers of images in it. */
    private final List<Digest> made = new ArrayList<>();

    private final List<Digest> unpacked = new ArrayList<>();

    public ArchiveReader(ImageStore store, Progress progress) {
        this.store = store;
        this.progress = progress;
    }

    /**
     * An image that came.
     *
     * @param names those that the archive gave it
     */
    public record Loaded(ImageIndex.Entry entry, List<Reference> names) {}

    /** An image to be: its parts are in the content store. */
    private record Found(BlobDescriptor document, Manifest manifest, List<Reference> names) {}

    /** Reads all images of the stream; nothing of a damaged archive stays. */
    public List<Loaded> read(InputStream archive) throws IOException {
        ArchiveContent content = content(archive);
        try (ImageStore.Lease lease = store.hold(content.digests())) {
            List<Loaded> loaded = new ArrayList<>();
            for (Found found : found(content)) {
                loaded.add(add(found));
            }
            return loaded;
        } finally {
            List<Digest> blobs = new ArrayList<>(content.digests());
            blobs.addAll(made);
            store.collectUnused(unpacked, blobs);
        }
    }

    private ArchiveContent content(InputStream archive) throws IOException {
        try {
            return ArchiveContent.read(archive, store.content());
        } catch (ArchiveContent.Broken e) {
            store.collectBlobs(e.stored());
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw e.getCause() instanceof RuntimeException other ? other : e;
        }
    }

    private List<Found> found(ArchiveContent content) {
        Map<Digest, Found> images = new LinkedHashMap<>();
        content.directory("index.json")
                .ifPresent(index -> fromIndex(
                        content, Documents.read(index, ManifestIndex.class, "index.json"), List.of(), 0, images));
        content.directory("manifest.json").ifPresent(json -> fromDocker(content, json(json), images));
        if (images.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "the archive has no image: expected an OCI layout (index.json) or what docker save writes"
                            + " (manifest.json)");
        }
        return List.copyOf(images.values());
    }

    private void fromIndex(
            ArchiveContent content, ManifestIndex index, List<Reference> above, int depth, Map<Digest, Found> images) {
        for (BlobDescriptor descriptor : index.manifests()) {
            Digest digest = Digest.parse(descriptor.digest());
            List<Reference> names = depth == 0 ? names(descriptor.annotations()) : above;
            if (!content.has(digest)) {
                continue; // of another platform: such layouts are written with this machine's kind only
            }
            byte[] document = store.content().read(digest, Documents.MANIFEST_BYTES_MAX);
            if (MediaTypes.isIndex(descriptor.mediaType()) && depth < INDEX_DEPTH_MAX) {
                ManifestIndex inner = Documents.read(document, ManifestIndex.class, "the index " + digest);
                fromIndex(content, inner, names, depth + 1, images);
            } else if (MediaTypes.isManifest(descriptor.mediaType())) {
                Manifest manifest = Documents.read(document, Manifest.class, "the manifest " + digest);
                BlobDescriptor found = BlobDescriptor.of(descriptor.mediaType(), digest.toString(), document.length);
                add(images, new Found(found, manifest, names), depth > 0);
            }
        }
    }

    /** @param choice whether it is one of several, for other machines, too */
    private void add(Map<Digest, Found> images, Found found, boolean choice) {
        Digest config = Digest.parse(found.manifest.config().digest());
        boolean image = MediaTypes.asOci(found.manifest.config().mediaType()).equals(MediaTypes.CONFIG);
        if (!image || !store.content().has(config) || (choice && !fits(config)) || images.size() >= IMAGES_MAX) {
            return;
        }
        images.merge(config, found, (one, other) -> {
            List<Reference> names = new ArrayList<>(one.names);
            other.names.stream().filter(name -> !names.contains(name)).forEach(names::add);
            return new Found(one.document, one.manifest, List.copyOf(names));
        });
    }

    private void fromDocker(ArchiveContent content, JsonNode entries, Map<Digest, Found> images) {
        for (JsonNode entry : entries) {
            Digest config = content.digest(entry.path("Config").asString(""));
            List<Reference> names = entry.path("RepoTags")
                    .valueStream()
                    .map(JsonNode::asString)
                    .map(Reference::parse)
                    .toList();
            List<BlobDescriptor> layers = entry.path("Layers")
                    .valueStream()
                    .map(JsonNode::asString)
                    .map(content::layer)
                    .toList();
            long size = store.content().read(config, Documents.CONFIG_BYTES_MAX).length;
            Manifest manifest = Manifest.of(BlobDescriptor.of(MediaTypes.CONFIG, config.toString(), size), layers);
            byte[] document = Documents.write(manifest);
            if (!images.containsKey(config)) {
                made.add(store.content().put(document));
            }
            BlobDescriptor descriptor =
                    BlobDescriptor.of(MediaTypes.MANIFEST, Digest.of(document).toString(), document.length);
            add(images, new Found(descriptor, manifest, names), false);
        }
    }

    private boolean fits(Digest config) {
        ConfigDocument document = config(config);
        return document.os().equals("linux") && document.architecture().equals("amd64");
    }

    private ConfigDocument config(Digest digest) {
        return Documents.read(
                store.content().read(digest, Documents.CONFIG_BYTES_MAX), ConfigDocument.class, "the configuration");
    }

    private Loaded add(Found found) {
        Digest id = Digest.parse(found.manifest.config().digest());
        if (!fits(id)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "the image " + id.brief() + " is made for " + config(id).os() + "/"
                            + config(id).architecture() + ", not for linux/amd64");
        }
        List<Digest> diffIds =
                config(id).rootfs().diffIds().stream().map(Digest::parse).toList();
        if (diffIds.size() != found.manifest.layers().size()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "the image " + id.brief() + " has "
                            + found.manifest.layers().size() + " layers, its configuration " + diffIds.size());
        }
        unpacked.addAll(diffIds);
        try (ImageStore.Lease lease = store.hold(diffIds)) {
            for (int i = 0; i < diffIds.size(); i++) {
                progress.report(Progress.Step.of(diffIds.get(i).brief(), "loading layer"));
                store.layers().unpack(found.manifest.layers().get(i), diffIds.get(i));
            }
            ImageIndex.Entry entry = store.add(
                    id, found.document, found.names.stream().findFirst().map(Reference::full));
            found.names.stream().skip(1).forEach(name -> store.tag(entry, name.full()));
            return new Loaded(entry, found.names);
        }
    }

    /** The full name where there is one; a tag alone names nothing here. */
    private static List<Reference> names(Map<String, String> annotations) {
        return Optional.ofNullable(annotations.get(FULL_NAME))
                .or(() -> Optional.ofNullable(annotations.get(REFERENCE_NAME))
                        .filter(name -> name.contains("/") || name.contains(":")))
                .flatMap(ArchiveReader::reference)
                .stream()
                .toList();
    }

    private static Optional<Reference> reference(String text) {
        try {
            return Optional.of(Reference.parse(text));
        } catch (BerthException e) {
            return Optional.empty(); // a name of somebody else's kind
        }
    }

    private static JsonNode json(byte[] content) {
        try {
            return Json.MAPPER.readTree(content);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, "manifest.json of the archive is not JSON", e);
        }
    }
}
