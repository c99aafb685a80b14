package org.berth.image.layer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;

/**
 * Packs a folder as overlayfs left it (an upper folder, or a whole root) into a layer's tar stream: character devices 0:0
 * become whiteouts, opaque folders get their mark. Entries are in the order of their names' bytes, a folder before what is
 * in it, so the same folder always gives the same stream. Sockets are left out.
 */
public final class LayerPacker {
    /** Deepest nesting that is descended, each level of which holds a descriptor. */
    private static final int DEPTH_MAX = 1000;

    private static final Instant NO_TIME = Instant.EPOCH;

    private final FileCalls calls;
    private final TarWriter tar;
    private final Map<Long, String> linked = new HashMap<>();
    private final byte[] buffer = new byte[FileCalls.BUFFER_BYTES];
    private long sizeBytes;

    private LayerPacker(FileCalls calls, TarWriter tar) {
        this.calls = calls;
        this.tar = tar;
    }

    /**
     * Writes the folder's content to the stream, which it closes.
     *
     * @return the content of all files, in bytes
     */
    public static long pack(Path folder, OutputStream out) throws IOException {
        try (FileCalls calls = new FileCalls();
                TarWriter tar = new TarWriter(out);
                Descriptor root = calls.open(folder)) {
            LayerPacker packer = new LayerPacker(calls, tar);
            tar.put(entry("./", TarEntry.Kind.FOLDER, calls.status(root), "", calls.attributes(root)));
            packer.children(root, "", 0);
            return packer.sizeBytes;
        }
    }

    private void children(Descriptor folder, String path, int depth) throws IOException {
        if (depth > DEPTH_MAX) {
            throw new BerthException(
                    ErrorCode.EXHAUSTED, "pack " + path + ": folders are nested deeper than " + DEPTH_MAX);
        }
        for (String name : calls.names(folder)) {
            Optional<FileStatus> status = calls.status(folder, name);
            if (status.isPresent()) { // else removed meanwhile, by a container that still runs
                child(folder, name, path + name, status.get(), depth);
            }
        }
    }

    private void child(Descriptor folder, String name, String path, FileStatus status, int depth) throws IOException {
        if (status.isWhiteout() || isAttributeWhiteout(folder, name, status)) {
            tar.put(marker(path.substring(0, path.length() - name.length()) + Whiteouts.PREFIX + name));
            return;
        }
        if (name.startsWith(Whiteouts.PREFIX)) {
            throw new BerthException(
                    ErrorCode.INVALID, "pack " + path + ": a layer can't hold names that begin with .wh.");
        }
        switch (status.type()) {
            case FileStatus.FOLDER -> folder(folder, name, path + "/", status, depth);
            case FileStatus.REGULAR -> file(folder, name, path, status);
            case FileStatus.SYMBOLIC_LINK ->
                shared(TarEntry.Kind.SYMBOLIC_LINK, folder, name, path, status, calls.target(folder, name));
            case FileStatus.CHARACTER_DEVICE -> shared(TarEntry.Kind.CHARACTER_DEVICE, folder, name, path, status, "");
            case FileStatus.BLOCK_DEVICE -> shared(TarEntry.Kind.BLOCK_DEVICE, folder, name, path, status, "");
            case FileStatus.FIFO -> shared(TarEntry.Kind.FIFO, folder, name, path, status, "");
            default -> {
                // a socket is nothing without its process
            }
        }
    }

    private void folder(Descriptor parent, String name, String path, FileStatus status, int depth) throws IOException {
        try (Descriptor open = calls.openChild(parent, name)) {
            SortedMap<String, byte[]> attributes = calls.attributes(open);
            refuseRedirect(attributes, path);
            tar.put(entry(path, TarEntry.Kind.FOLDER, status, "", attributes));
            if (Arrays.equals(attributes.get(Whiteouts.OPAQUE_ATTRIBUTE), Whiteouts.opaqueValue())) {
                tar.put(marker(path + Whiteouts.OPAQUE));
            }
            children(open, path, depth + 1);
        }
    }

    private void file(Descriptor folder, String name, String path, FileStatus status) throws IOException {
        if (putIfLinked(path, status)) {
            return;
        }
        try (Descriptor file = calls.openToRead(folder, name)) {
            FileStatus opened = calls.status(file);
            if (opened.type() != FileStatus.REGULAR || opened.inode() != status.inode()) {
                throw changed(path);
            }
            SortedMap<String, byte[]> attributes = calls.attributes(file);
            refuseRedirect(attributes, path);
            tar.put(entry(path, TarEntry.Kind.FILE, opened, "", attributes));
            content(file, opened.size(), path);
            sizeBytes += opened.size();
        }
    }

    private void content(Descriptor file, long size, String path) throws IOException {
        long left = size;
        while (left > 0) {
            int count = (int) Math.min(left, calls.read(file, buffer));
            if (count == 0) {
                throw changed(path);
            }
            tar.write(buffer, 0, count);
            left -= count;
        }
    }

    private void shared(
            TarEntry.Kind kind, Descriptor folder, String name, String path, FileStatus status, String target)
            throws IOException {
        if (!putIfLinked(path, status)) {
            tar.put(entry(path, kind, status, target, calls.attributes(folder, name)));
        }
    }

    /** A file seen before under another name becomes a hard link to that. */
    private boolean putIfLinked(String path, FileStatus status) throws IOException {
        if (status.links() < 2) {
            return false;
        }
        String before = linked.putIfAbsent(status.inode(), path);
        if (before == null) {
            return false;
        }
        tar.put(new TarEntry(
                path,
                TarEntry.Kind.HARD_LINK,
                status.permissions(),
                status.uid(),
                status.gid(),
                0,
                status.modified(),
                before,
                0,
                0,
                Collections.emptySortedMap()));
        return true;
    }

    private static TarEntry entry(
            String path, TarEntry.Kind kind, FileStatus status, String link, SortedMap<String, byte[]> attributes) {
        boolean device = kind == TarEntry.Kind.CHARACTER_DEVICE || kind == TarEntry.Kind.BLOCK_DEVICE;
        return new TarEntry(
                path,
                kind,
                status.permissions(),
                status.uid(),
                status.gid(),
                kind == TarEntry.Kind.FILE ? status.size() : 0,
                status.modified(),
                link,
                device ? status.major() : 0,
                device ? status.minor() : 0,
                travelling(attributes));
    }

    private static SortedMap<String, byte[]> travelling(SortedMap<String, byte[]> attributes) {
        if (attributes.isEmpty()) {
            return attributes;
        }
        SortedMap<String, byte[]> kept = new TreeMap<>(attributes);
        kept.keySet().removeIf(attribute -> !Attributes.travels(attribute));
        return kept;
    }

    private static TarEntry marker(String path) {
        return new TarEntry(path, TarEntry.Kind.FILE, 0, 0, 0, 0, NO_TIME, "", 0, 0, Collections.emptySortedMap());
    }

    /** The other form of a whiteout, an empty file that bears an attribute (kernel 6.7). */
    private boolean isAttributeWhiteout(Descriptor folder, String name, FileStatus status) {
        return status.type() == FileStatus.REGULAR
                && status.size() == 0
                && calls.attribute(folder, name, Whiteouts.WHITEOUT_ATTRIBUTE).isPresent();
    }

    /** Such a folder or file is only half here: its rest is under another path of a layer below. */
    private static void refuseRedirect(SortedMap<String, byte[]> attributes, String path) {
        for (String attribute : List.of(Whiteouts.REDIRECT_ATTRIBUTE, Whiteouts.METACOPY_ATTRIBUTE)) {
            if (attributes.containsKey(attribute)) {
                throw new BerthException(
                        ErrorCode.INTERNAL,
                        "pack " + path + ": it bears " + attribute
                                + "; the overlay must be mounted with redirect_dir=off,metacopy=off");
            }
        }
    }

    private static BerthException changed(String path) {
        return new BerthException(ErrorCode.CONFLICT, "pack " + path + ": it changed while it was read");
    }
}
