package org.berth.image.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.layer.Compression;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.ContentStore;
import org.berth.image.store.Digest;

/**
 * What an archive of images has: its files are put into the content store as they come, in whatever order, and are known by
 * their paths afterwards. A path is only ever a key here; nothing is written under it.
 */
final class ArchiveContent {
    private static final int ENTRIES_MAX = 100_000;
    private static final int LINKS_MAX = 16;
    private static final Pattern BLOB = Pattern.compile("blobs/sha256/([a-f0-9]{64})");
    private static final Set<String> DIRECTORIES = Set.of("index.json", "manifest.json", "oci-layout", "repositories");

    private final ContentStore store;
    private final Map<String, Stored> files = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();
    private final Map<String, byte[]> directories = new HashMap<>();

    private ArchiveContent(ContentStore store) {
        this.store = store;
    }

    /** A file that the content store has now. */
    private record Stored(Digest digest, long size) {}

    /** Reads an archive, plain or compressed, to its end. */
    static ArchiveContent read(InputStream archive, ContentStore store) throws IOException {
        ArchiveContent content = new ArchiveContent(store);
        try {
            content.readAll(archive);
            return content;
        } catch (IOException | RuntimeException e) {
            throw new Broken(content.digests(), e);
        }
    }

    /** Reading broke off. */
    static final class Broken extends RuntimeException {
        private final transient List<Digest> stored;

        Broken(List<Digest> stored, Exception cause) {
            super(cause);
            this.stored = stored;
        }

        /** What had been stored until then. */
        List<Digest> stored() {
            return stored;
        }
    }

    private void readAll(InputStream archive) throws IOException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(Compression.open(archive))) {
            TarArchiveEntry entry = tar.getNextEntry();
            if (entry == null) {
                throw new BerthException(ErrorCode.INVALID, "the archive is empty, or no tar");
            }
            for (int count = 0; entry != null; count++) {
                if (count >= ENTRIES_MAX) {
                    throw new BerthException(
                            ErrorCode.INVALID, "the archive has more than " + ENTRIES_MAX + " entries");
                }
                take(entry, tar);
                entry = tar.getNextEntry();
            }
        }
    }

    private void take(TarArchiveEntry entry, InputStream tar) throws IOException {
        String name = plain(entry.getName());
        if (entry.isSymbolicLink() || entry.isLink()) {
            String folder = entry.isLink() || !name.contains("/") ? "" : name.substring(0, name.lastIndexOf('/') + 1);
            links.put(name, plain(folder + entry.getLinkName()));
        } else if (DIRECTORIES.contains(name)) {
            directories.put(name, small(name, tar));
        } else if (entry.isFile()) {
            try (ContentStore.Draft draft = store.draft()) {
                tar.transferTo(draft);
                long size = draft.size();
                Matcher blob = BLOB.matcher(name);
                if (blob.matches()) {
                    draft.commit(new Digest(blob.group(1))); // a layout's path is a promise
                    files.put(name, new Stored(new Digest(blob.group(1)), size));
                } else {
                    files.put(name, new Stored(draft.commit(), size));
                }
            }
        }
    }

    private static byte[] small(String name, InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(in.readNBytes(Documents.MANIFEST_BYTES_MAX + 1));
        if (bytes.size() > Documents.MANIFEST_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID, name + " is longer than " + Documents.MANIFEST_BYTES_MAX + " bytes");
        }
        return bytes.toByteArray();
    }

    /** Without what means nothing: "./a/../b" is "b". */
    private static String plain(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }

    /** One of the files that say what is in the archive. */
    Optional<byte[]> directory(String name) {
        return Optional.ofNullable(directories.get(name));
    }

    /** Every digest that was stored. */
    List<Digest> digests() {
        return files.values().stream().map(Stored::digest).distinct().toList();
    }

    /** The content of a path, through links. */
    Digest digest(String path) {
        return stored(path).digest;
    }

    /** A layer by its path, with the media type that its first bytes show. */
    BlobDescriptor layer(String path) {
        Stored file = stored(path);
        try (InputStream in = store.open(file.digest)) {
            byte[] magic = in.readNBytes(4);
            return BlobDescriptor.of(mediaType(magic), file.digest.toString(), file.size);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("read " + path + ": " + e.getMessage(), e);
        }
    }

    private static String mediaType(byte[] magic) {
        boolean gzip = magic.length > 1 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b;
        boolean zstd = magic.length > 3 && (magic[0] & 0xff) == 0x28 && (magic[1] & 0xff) == 0xb5;
        return gzip ? MediaTypes.LAYER_GZIP : zstd ? MediaTypes.LAYER_ZSTD : MediaTypes.LAYER;
    }

    private Stored stored(String path) {
        String name = plain(path);
        for (int i = 0; i < LINKS_MAX && links.containsKey(name); i++) {
            name = links.get(name);
        }
        Stored file = files.get(name);
        if (file == null) {
            throw new BerthException(ErrorCode.INVALID, "the archive names " + path + ", and does not have it");
        }
        return file;
    }

    /** Whether the archive brought this blob. */
    boolean has(Digest digest) {
        return digests().contains(digest);
    }
}
