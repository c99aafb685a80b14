package org.berth.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;

/**
 * Unpacks a layer's tar stream into an empty folder, in the form that overlayfs reads: whiteouts become character devices
 * 0:0, opaque folders bear {@code trusted.overlay.opaque}. Owners, modes, times, devices and extended attributes are as
 * in the stream. Needs root.
 *
 * <p>The stream is hostile: entries are placed below the root's descriptor only, "..", device tricks of overlayfs
 * (attributes {@code trusted.overlay.*}) and links out of the root gain nothing.
 */
public final class LayerUnpacker {
    private static final int ENTRIES_MAX = 10_000_000;

    private final FileCalls calls;
    private final OpenFileCalls openCalls;
    private final FolderTree tree;
    private final Descriptor root;
    /** By the path of the folder that they are in, and their names; "" is the root. */
    private final Map<String, Map<String, TarEntry>> folders = new LinkedHashMap<>();

    private final byte[] buffer = new byte[FileCalls.BUFFER_BYTES];
    private long sizeBytes;

    private LayerUnpacker(FileCalls calls, OpenFileCalls openCalls, Descriptor root) {
        this.calls = calls;
        this.openCalls = openCalls;
        this.root = root;
        this.tree = new FolderTree(calls, root);
    }

    /**
     * What was unpacked.
     *
     * @param sizeBytes content of all files
     * @param impliedFolders paths of folders that no entry described ; a layer below may know
     *     their owner and mode
     */
    public record Unpacked(long sizeBytes, List<String> impliedFolders) {}

    /** Unpacks an uncompressed tar stream; the stream is read to its end and left open. */
    public static Unpacked unpack(InputStream tar, Path emptyFolder) throws IOException {
        try (FileCalls calls = new FileCalls();
                OpenFileCalls openCalls = new OpenFileCalls();
                Descriptor root = calls.open(emptyFolder)) {
            LayerUnpacker unpacker = new LayerUnpacker(calls, openCalls, root);
            try (FolderTree tree = unpacker.tree) {
                unpacker.entries(new TarReader(tar));
                unpacker.finishFolders();
                tar.transferTo(OutputStream.nullOutputStream());
                return new Unpacked(unpacker.sizeBytes, List.copyOf(tree.implied()));
            }
        }
    }

    /** Puts what was unpacked onto the disk, before it is called whole. */
    public static void sync(Path folder) {
        try (FileCalls calls = new FileCalls();
                Descriptor open = calls.open(folder)) {
            calls.sync(open);
        }
    }

    private void entries(TarReader reader) throws IOException {
        int count = 0;
        Optional<TarEntry> entry = reader.next();
        while (entry.isPresent()) {
            if (++count > ENTRIES_MAX) {
                throw new BerthException(ErrorCode.EXHAUSTED, "tar: more than " + ENTRIES_MAX + " entries");
            }
            place(entry.get(), reader);
            entry = reader.next();
        }
    }

    private void place(TarEntry entry, TarReader reader) throws IOException {
        EntryPath path = EntryPath.of(entry.name());
        if (path.isRoot()) {
            placeRoot(entry);
        } else if (path.name().startsWith(Whiteouts.PREFIX)) {
            placeWhiteout(path);
        } else {
            Descriptor parent = tree.folder(path.folder());
            switch (entry.kind()) {
                case FOLDER -> placeFolder(parent, path, entry);
                case FILE -> placeFile(parent, path, entry, reader);
                case HARD_LINK -> placeHardLink(parent, path, entry);
                default -> placeOther(parent, path, entry);
            }
        }
    }

    private void placeRoot(TarEntry entry) {
        if (entry.kind() == TarEntry.Kind.FOLDER) {
            describe(root, ".", entry);
            remember(new EntryPath("", ""), entry);
        }
    }

    private void placeWhiteout(EntryPath path) {
        Descriptor parent = tree.folder(path.folder());
        if (path.name().equals(Whiteouts.OPAQUE)) {
            tree.makeOpaque(parent, ".");
            return;
        }
        String hidden = path.name().substring(Whiteouts.PREFIX.length());
        if (path.name().startsWith(Whiteouts.META_PREFIX) || hidden.equals(".") || hidden.equals("..")) {
            return;
        }
        if (hidden.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "tar: a whiteout of no name in " + path.folder());
        }
        if (!calls.makeNode(parent, hidden, FileStatus.CHARACTER_DEVICE, 0, 0)
                && calls.status(parent, hidden).map(FileStatus::isFolder).orElse(false)) {
            // the layer has it anew: a whiteout speaks of the layers below only
            tree.makeOpaque(parent, hidden);
        }
    }

    private void placeFolder(Descriptor parent, EntryPath path, TarEntry entry) {
        if (!calls.makeFolder(parent, path.name(), 0700)) {
            Optional<FileStatus> there = calls.status(parent, path.name());
            if (there.isEmpty() || !there.get().isFolder()) {
                boolean whiteout = there.isPresent() && there.get().isWhiteout();
                clear(parent, path);
                calls.makeFolder(parent, path.name(), 0700);
                if (whiteout) {
                    tree.makeOpaque(parent, path.name());
                }
            }
        }
        describe(parent, path.name(), entry);
        tree.describe(path.full());
        remember(path, entry);
    }

    private void placeFile(Descriptor parent, EntryPath path, TarEntry entry, TarReader reader) throws IOException {
        Optional<Descriptor> made = calls.create(parent, path.name());
        if (made.isEmpty()) {
            clear(parent, path);
            made = calls.create(parent, path.name());
        }
        try (Descriptor file = made.orElseThrow(() -> taken(path))) {
            content(file, reader, entry.size());
            describeOpen(file, path.name(), entry);
        }
        sizeBytes += entry.size();
    }

    /** As {@link #describe}, with its times; by its descriptor, so that the kernel does not look for it at each call. */
    private void describeOpen(Descriptor file, String name, TarEntry entry) {
        openCalls.own(file, name, entry.uid(), entry.gid());
        openCalls.permit(file, name, entry.mode());
        entry.attributes().forEach((attribute, value) -> {
            if (isSetAtOnce(attribute)) {
                checkAttribute(name, attribute, openCalls.setAttribute(file, name, attribute, value));
            }
        });
        openCalls.date(file, name, entry.modified());
    }

    /** Holes stay holes: a disk image of a terabyte may be a few kilobytes. */
    private void content(Descriptor file, TarReader reader, long size) throws IOException {
        boolean holes = false;
        int count = 0;
        while (count >= 0) {
            calls.write(file, buffer, count);
            long hole = reader.skipHole();
            if (hole > 0) {
                calls.skip(file, hole);
                holes = true;
            }
            count = reader.read(buffer, 0, buffer.length);
        }
        if (holes) {
            calls.resize(file, size);
        }
    }

    private void placeHardLink(Descriptor parent, EntryPath path, TarEntry entry) {
        EntryPath target = EntryPath.of(entry.link());
        if (target.full().equals(path.full())) {
            return;
        }
        try (Descriptor folder = tree.existing(target.folder()).orElseThrow(() -> noTarget(path, target))) {
            FileStatus status = calls.status(folder, target.name()).orElseThrow(() -> noTarget(path, target));
            if (status.isFolder()) {
                throw new BerthException(ErrorCode.INVALID, "tar: " + path.full() + " is a hard link to a folder");
            }
            if (!calls.makeHardLink(folder, target.name(), parent, path.name())) {
                clear(parent, path);
                calls.makeHardLink(folder, target.name(), parent, path.name());
            }
        }
    }

    private void placeOther(Descriptor parent, EntryPath path, TarEntry entry) {
        if (!make(parent, path.name(), entry)) {
            clear(parent, path);
            if (!make(parent, path.name(), entry)) {
                throw taken(path);
            }
        }
        describe(parent, path.name(), entry);
        calls.date(parent, path.name(), entry.modified());
    }

    private boolean make(Descriptor parent, String name, TarEntry entry) {
        return switch (entry.kind()) {
            case SYMBOLIC_LINK -> calls.makeSymbolicLink(parent, name, entry.link());
            case CHARACTER_DEVICE ->
                calls.makeNode(parent, name, FileStatus.CHARACTER_DEVICE, entry.major(), entry.minor());
            case BLOCK_DEVICE -> calls.makeNode(parent, name, FileStatus.BLOCK_DEVICE, entry.major(), entry.minor());
            case FIFO -> calls.makeNode(parent, name, FileStatus.FIFO, 0, 0);
            case FILE, FOLDER, HARD_LINK -> throw new IllegalArgumentException("made elsewhere: " + entry.kind());
        };
    }

    /** Owner first, as a change of it clears the set-id bits and the capabilities (chown(2)). */
    private void describe(Descriptor parent, String name, TarEntry entry) {
        calls.own(parent, name, entry.uid(), entry.gid());
        if (entry.kind() != TarEntry.Kind.SYMBOLIC_LINK) {
            calls.permit(parent, name, entry.mode());
        }
        entry.attributes().forEach((attribute, value) -> {
            if (isSetAtOnce(attribute)) {
                checkAttribute(name, attribute, calls.setAttribute(parent, name, attribute, value));
            }
        });
    }

    private static boolean isSetAtOnce(String attribute) {
        return Attributes.travels(attribute) && !attribute.equals(Attributes.INHERITED);
    }

    /** A user's own attribute may be lost where the file system can't keep it; a capability may not. */
    private static void checkAttribute(String name, String attribute, int errno) {
        boolean minor = attribute.startsWith("user.") && (errno == Errno.EOPNOTSUPP || errno == Errno.EPERM);
        if (errno != 0 && !minor) {
            throw new SystemCallException("set the attribute " + attribute + " of " + name, errno);
        }
    }

    /** A later entry of the same name takes the place of an earlier one. */
    private void clear(Descriptor parent, EntryPath path) {
        try (InRoot root = InRoot.of(calls.reopen(parent));
                Folder folder = root.folder("/")) {
            folder.removeAll(path.name());
        }
        tree.describe(path.full());
    }

    private void remember(EntryPath path, TarEntry entry) {
        folders.computeIfAbsent(path.folder(), folder -> new LinkedHashMap<>()).put(path.name(), entry);
    }

    /**
     * What comes last, as every entry placed in a folder changes its time, and inherits its rules. Folders in one folder
     * are finished together: it is opened once.
     */
    private void finishFolders() {
        folders.forEach((path, entries) -> {
            Optional<Descriptor> folder = tree.existing(path);
            if (folder.isPresent()) {
                try (Descriptor open = folder.get()) {
                    entries.forEach((name, entry) -> finishIfThere(open, name.isEmpty() ? "." : name, entry));
                }
            }
        });
    }

    /** Another entry may have taken the folder's place. */
    private void finishIfThere(Descriptor parent, String name, TarEntry entry) {
        if (calls.status(parent, name).map(FileStatus::isFolder).orElse(false)) {
            finishFolder(parent, name, entry);
        }
    }

    private void finishFolder(Descriptor parent, String name, TarEntry entry) {
        Optional.ofNullable(entry.attributes().get(Attributes.INHERITED))
                .ifPresent(value -> checkAttribute(
                        name, Attributes.INHERITED, calls.setAttribute(parent, name, Attributes.INHERITED, value)));
        calls.date(parent, name, entry.modified());
    }

    private static BerthException noTarget(EntryPath path, EntryPath target) {
        return new BerthException(
                ErrorCode.INVALID,
                "tar: " + path.full() + " is a hard link to " + target.full()
                        + ", which the layer does not have before it");
    }

    private static BerthException taken(EntryPath path) {
        return new BerthException(ErrorCode.CONFLICT, "unpack " + path.full() + ": something else makes it too");
    }
}
