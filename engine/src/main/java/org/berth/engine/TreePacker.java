package org.berth.engine;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarEntry.Kind;
import org.berth.image.layer.TarWriter;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;
import org.berth.linux.user.UserRange;

/** Writes a file, or a folder with all below it, to a tar stream, walking by descriptor. */
final class TreePacker {
    private static final int DEPTH_MAX = 1000;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final TarWriter tar;
    private final Optional<UserRange> users;
    private final Map<FileKey, String> linked = new HashMap<>();

    private record FileKey(FileStatus.DeviceNumber device, long inode) {}

    /** @param users whose ids the files show; empty when they show what the tar is to say */
    TreePacker(TarWriter tar, Optional<UserRange> users) {
        this.tar = tar;
        this.users = users;
    }

    /** @param path absolute; links but the last component are followed */
    void pack(InRoot root, String path) throws IOException {
        if (path.equals("/")) {
            try (Folder top = root.folder("/")) {
                folder(top, "./", 0);
            }
            return;
        }
        try (Folder parent = root.parent(path)) {
            String name = path.substring(path.lastIndexOf('/') + 1);
            entry(parent, name, name, 0);
        }
    }

    private void entry(Folder parent, String name, String as, int depth) throws IOException {
        try (OpenFile place = parent.place(name)) {
            FileStatus status = place.status();
            switch (status.type()) {
                case FOLDER -> {
                    try (Folder folder = parent.folder(name)) {
                        folder(folder, as + "/", depth);
                    }
                }
                case REGULAR -> regular(parent, name, as);
                case SYMBOLIC_LINK -> tar.put(header(as, Kind.SYMBOLIC_LINK, status, 0, place.readLink(), place));
                case CHARACTER_DEVICE -> tar.put(header(as, Kind.CHARACTER_DEVICE, status, 0, "", place));
                case BLOCK_DEVICE -> tar.put(header(as, Kind.BLOCK_DEVICE, status, 0, "", place));
                case FIFO -> tar.put(header(as, Kind.FIFO, status, 0, "", place));
                case SOCKET -> {
                    // nothing without its process
                }
            }
        }
    }

    private void folder(Folder folder, String as, int depth) throws IOException {
        if (depth >= DEPTH_MAX) {
            throw new SystemCallException("pack " + as, Errno.ELOOP);
        }
        try (OpenFile self = folder.self()) {
            tar.put(header(as, Kind.FOLDER, self.status(), 0, "", self));
        }
        String below = as.equals("./") ? "" : as;
        for (Folder.Entry entry : folder.list()) {
            entry(folder, entry.name(), below + entry.name(), depth + 1);
        }
    }

    private void regular(Folder parent, String name, String as) throws IOException {
        try (OpenFile file = parent.read(name)) {
            FileStatus status = file.status();
            String first =
                    status.links() > 1 ? linked.putIfAbsent(new FileKey(status.device(), status.inode()), as) : null;
            if (first != null) {
                tar.put(header(as, Kind.HARD_LINK, status, 0, first, file));
                return;
            }
            tar.put(header(as, Kind.FILE, status, status.sizeBytes(), "", file));
            content(file, status.sizeBytes());
        }
    }

    /** As many bytes as were announced, whatever becomes of the file meanwhile. */
    private void content(OpenFile file, long size) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = size;
        try (InputStream input = file.input()) {
            while (left > 0) {
                int count = input.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    buffer = new byte[BUFFER_BYTES];
                    count = (int) Math.min(left, buffer.length);
                }
                tar.write(buffer, 0, count);
                left -= count;
            }
        }
    }

    private TarEntry header(String name, Kind kind, FileStatus status, long size, String link, OpenFile file) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        if (kind != Kind.HARD_LINK) {
            for (String attribute : file.attributes()) {
                if (attribute.startsWith("user.") || attribute.equals("security.capability")) {
                    file.attribute(attribute).ifPresent(value -> attributes.put(attribute, value));
                }
            }
        }
        return new TarEntry(
                name,
                kind,
                status.mode(),
                inside(status.uid()),
                inside(status.gid()),
                size,
                status.modified(),
                link,
                status.special().major(),
                status.special().minor(),
                attributes);
    }

    private long inside(long id) {
        return users.map(range -> range.inside(id)).orElse(id);
    }
}
