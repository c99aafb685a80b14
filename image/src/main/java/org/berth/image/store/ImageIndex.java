package org.berth.image.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.image.oci.BlobDescriptor;

/**
 * Which images the store has and what they are called: one file, written whole. Not safe for concurrent use; whoever
 * changes it holds a lock.
 */
public final class ImageIndex {
    private static final int VERSION = 1;
    private static final String REMEDY =
            "put it back from a copy, or remove it to begin with no images: they are pulled and built again";

    private final Path file;
    private List<Entry> entries;

    /** Reads the index, or begins an empty one. */
    public ImageIndex(Path file) {
        this.file = file;
        this.entries = StoredFiles.read(file, Document.class, VERSION, REMEDY)
                .map(Document::images)
                .orElse(List.of());
    }

    private record Document(int version, List<Entry> images) {}

    /**
     * One image.
     *
     * @param id digest of its configuration
     * @param manifest its manifest's blob
     * @param names references in full
     */
    public record Entry(String id, BlobDescriptor manifest, List<String> names) {
        Entry without(String name) {
            return new Entry(
                    id, manifest, names.stream().filter(n -> !n.equals(name)).toList());
        }

        Entry with(String name) {
            List<String> more = new ArrayList<>(without(name).names);
            more.add(name);
            return new Entry(id, manifest, List.copyOf(more));
        }
    }

    /** All entries, the oldest first. */
    public List<Entry> entries() {
        return entries;
    }

    /** The image that has this name. */
    public Optional<Entry> named(String name) {
        return entries.stream().filter(entry -> entry.names().contains(name)).findFirst();
    }

    /** The image of this id. */
    public Optional<Entry> identified(String id) {
        return entries.stream().filter(entry -> entry.id().equals(id)).findFirst();
    }

    /** Adds an image, or gives one that is there this manifest. A name is taken from the image that had it. */
    public void put(String id, BlobDescriptor manifest, Optional<String> name) {
        List<String> names = identified(id).map(Entry::names).orElse(List.of());
        List<Entry> changed = new ArrayList<>();
        boolean placed = false;
        for (Entry entry : entries) {
            boolean same = entry.id().equals(id);
            placed |= same;
            changed.add(same ? named(new Entry(id, manifest, names), name) : without(entry, name));
        }
        if (!placed) {
            changed.add(named(new Entry(id, manifest, names), name));
        }
        save(changed);
    }

    /** Takes a name from the image that has it. */
    public void unname(String name) {
        save(entries.stream().map(entry -> entry.without(name)).toList());
    }

    /** Forgets an image with all its names. */
    public void remove(String id) {
        save(entries.stream().filter(entry -> !entry.id().equals(id)).toList());
    }

    private static Entry named(Entry entry, Optional<String> name) {
        return name.map(entry::with).orElse(entry);
    }

    private static Entry without(Entry entry, Optional<String> name) {
        return name.map(entry::without).orElse(entry);
    }

    private void save(List<Entry> changed) {
        List<Entry> copy = List.copyOf(changed);
        StoredFiles.write(file, new Document(VERSION, copy));
        entries = copy;
    }
}
