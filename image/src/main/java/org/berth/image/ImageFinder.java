package org.berth.image;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.archive.ArchiveWriter;
import org.berth.image.oci.ConfigDocument;
import org.berth.image.store.Digest;
import org.berth.image.store.ImageIndex;
import org.berth.image.store.ImageStore;
import org.berth.image.store.LayerRecord;
import org.berth.image.store.LayoutWriter;

/** Finds stored images by what people call them. */
final class ImageFinder {
    private static final Pattern ID_PREFIX = Pattern.compile("(?:sha256:)?([a-f0-9]{1,64})");
    private static final String SHA256 = "sha256:";

    private final ImageStore store;

    ImageFinder(ImageStore store) {
        this.store = store;
    }

    /** By id, else by name, else by the beginning of one image's id. */
    Optional<ImageIndex.Entry> find(String nameOrId) {
        var matcher = ID_PREFIX.matcher(nameOrId);
        String prefix = matcher.matches() ? SHA256 + matcher.group(1) : "";
        Optional<ImageIndex.Entry> exact =
                entries(entry -> entry.id().equals(prefix)).stream().findFirst();
        if (exact.isPresent()) {
            return exact;
        }
        Optional<ImageIndex.Entry> named = reference(nameOrId).flatMap(this::named);
        return named.isPresent() || prefix.isEmpty() ? named : byPrefix(nameOrId, prefix);
    }

    /** As {@link #find}, for what must be there. */
    ImageIndex.Entry get(String nameOrId) {
        return find(nameOrId)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "there is no image " + nameOrId));
    }

    /** The image's name, in full, that {@code nameOrId} is; empty when it is an id. */
    Optional<String> nameOf(ImageIndex.Entry entry, String nameOrId) {
        return reference(nameOrId).map(Reference::full).filter(entry.names()::contains);
    }

    /** An image and the name it is to be saved under. */
    LayoutWriter.Chosen chosen(String nameOrId) {
        ImageIndex.Entry entry = get(nameOrId);
        Optional<String> name =
                nameOf(entry, nameOrId).or(() -> entry.names().stream().findFirst());
        return new LayoutWriter.Chosen(
                entry, name, name.map(text -> Reference.parse(text).tag()).orElse(""));
    }

    /** An image, and the names that it is to be saved under: the one it is called by, of an id all. */
    ArchiveWriter.Chosen archived(String nameOrId) {
        ImageIndex.Entry entry = get(nameOrId);
        Optional<String> name = nameOf(entry, nameOrId);
        List<Reference> names = name.map(List::of).orElse(entry.names()).stream()
                .map(Reference::parse)
                .filter(reference -> !reference.tag().isEmpty())
                .toList();
        return new ArchiveWriter.Chosen(entry, names);
    }

    /** The image as others see it. */
    Image image(ImageIndex.Entry entry) {
        ConfigDocument config = store.config(entry);
        List<String> layers = config.rootfs().diffIds();
        long size = layers.stream()
                .map(Digest::parse)
                .flatMap(diffId -> store.layers().find(diffId).stream())
                .mapToLong(LayerRecord::unpackedBytes)
                .sum();
        return new Image(
                entry.id(),
                entry.manifest().digest(),
                entry.names().stream().map(Reference::parse).toList(),
                ConfigDocuments.read(config),
                layers,
                size);
    }

    private Optional<ImageIndex.Entry> named(Reference reference) {
        if (reference.digest().isEmpty()) {
            return entries(entry -> entry.names().contains(reference.full())).stream()
                    .findFirst();
        }
        String repository = reference.registry() + "/" + reference.repository();
        String byDigest = repository + "@" + reference.digest();
        return entries(entry -> entry.names().contains(byDigest)
                        || (entry.manifest().digest().equals(reference.digest())
                                && entry.names().stream().anyMatch(name -> isOf(name, repository))))
                .stream()
                .findFirst();
    }

    private static boolean isOf(String name, String repository) {
        return name.startsWith(repository + ":") || name.startsWith(repository + "@");
    }

    private Optional<ImageIndex.Entry> byPrefix(String text, String prefix) {
        List<ImageIndex.Entry> found = entries(entry -> entry.id().startsWith(prefix));
        if (found.size() > 1) {
            throw new BerthException(
                    ErrorCode.INVALID, text + " is the beginning of " + found.size() + " images' ids; give more of it");
        }
        return found.stream().findFirst();
    }

    private List<ImageIndex.Entry> entries(java.util.function.Predicate<ImageIndex.Entry> wanted) {
        return store.images().stream().filter(wanted).toList();
    }

    private static Optional<Reference> reference(String text) {
        try {
            return Optional.of(Reference.parse(text));
        } catch (BerthException e) {
            return Optional.empty(); // then it can be an id only
        }
    }
}
