package org.berth.linux.path;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A folder that is the root of paths. A path, absolute or not, is resolved by the kernel as if the
 * folder were {@code /}: symbolic links and ".." lead nowhere else, however they are changed
 * meanwhile (openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS). Changes are then made by
 * one name in the folder that was found, held by descriptor (CVE-2024-45310, CVE-2021-30465,
 * CVE-2026-41579: folders made, mounted on and files removed through links that were swapped).
 *
 * <p>Of a path's last component each method says whether a symbolic link is followed; those that
 * make or remove a name never do. Errors are {@link SystemCallException}. Safe for concurrent use.
 */
public final class InRoot implements AutoCloseable {
    private static final long RESOLVE = OpenFlags.RESOLVE_IN_ROOT | OpenFlags.RESOLVE_NO_MAGIC_LINKS;
    private static final int COMPONENTS_MAX = 512;

    private final Descriptor root;

    private InRoot(Descriptor root) {
        this.root = root;
    }

    /** The root at a folder of the host, whose path is trusted. */
    public static InRoot open(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCalls.call(
                    "open root " + folder,
                    SystemCallNumber.OPENAT,
                    OpenFlags.AT_FDCWD,
                    FileNames.segment(arena, folder.toString()).address(),
                    OpenFlags.PATH | OpenFlags.DIRECTORY | OpenFlags.CLOSE_ON_EXEC,
                    0);
            return of(new Descriptor((int) result));
        }
    }

    /** The root at an open folder or a mount (fsmount(2)); the descriptor is closed with this. */
    public static InRoot of(Descriptor folder) {
        return new InRoot(folder);
    }

    /** The root's descriptor; closed with this. */
    public Descriptor descriptor() {
        return root;
    }

    /** Opens a folder; links are followed. */
    public Folder folder(String path) {
        return new Folder(open("open folder ", path, OpenFlags.READ_ONLY | OpenFlags.DIRECTORY), path);
    }

    /** Opens the folder that a path's last component is in; links are followed. */
    public Folder parent(String path) {
        return folder(InRootPath.of(path).parent());
    }

    /** Holds whatever is there as a place, for its attributes, or to mount on. */
    public OpenFile place(String path, LastLink last) {
        return new OpenFile(open("open ", path, OpenFlags.PATH | flag(last)), path);
    }

    /** Opens a regular file to read, following links; a device or FIFO is refused, not opened. */
    public OpenFile read(String path) {
        try (OpenFile place = place(path, LastLink.FOLLOW)) {
            return place.reopen(OpenFlags.READ_ONLY);
        }
    }

    /** Opens a regular file to write from its beginning, following links; what it had stays until then. */
    public OpenFile write(String path) {
        try (OpenFile place = place(path, LastLink.FOLLOW)) {
            return place.reopen(OpenFlags.READ_WRITE);
        }
    }

    /** Makes a file that was not there and opens it to write. */
    public OpenFile create(String path, int mode) {
        try (Folder parent = parent(path)) {
            return parent.create(name(path), mode);
        }
    }

    /** The content of a regular file; links are followed. Longer than {@code bytesMax} is an error. */
    public byte[] readAll(String path, int bytesMax) {
        try (OpenFile file = read(path)) {
            return file.readAll(bytesMax);
        }
    }

    /** The text of a regular file, UTF-8; empty when there is no such file. */
    public Optional<String> readText(String path, int bytesMax) {
        if (find(path, LastLink.FOLLOW).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new String(readAll(path, bytesMax), StandardCharsets.UTF_8));
    }

    /** Puts a file with this content in place of whatever file or link has the name. */
    public void replace(String path, byte[] content, int mode, long uid, long gid) {
        try (Folder parent = parent(path)) {
            if (parent.find(name(path)).isPresent()) {
                parent.unlink(name(path));
            }
            try (OpenFile file = parent.create(name(path), mode)) {
                new DescriptorOutput(file.descriptor(), path).write(content, 0, content.length);
                file.chown(uid, gid);
                file.chmod(mode);
            }
        }
    }

    /** Makes one folder that was not there. */
    public void makeFolder(String path, int mode) {
        try (Folder parent = parent(path)) {
            parent.makeFolder(name(path), mode);
        }
    }

    /**
     * Opens a folder, making each one that is missing with this mode and owner. Links on the way are
     * followed when they lead to a folder; one that leads nowhere is an error.
     */
    public Folder makeFolders(String path, int mode, long uid, long gid) {
        List<String> components = InRootPath.of(path).components();
        if (components.size() > COMPONENTS_MAX) {
            throw new SystemCallException("make folder " + path, Errno.ENAMETOOLONG);
        }
        int there = components.size();
        long found = attempt(String.join("/", components), OpenFlags.READ_ONLY | OpenFlags.DIRECTORY);
        while (found == -Errno.ENOENT && there > 0) {
            there--;
            found = attempt(String.join("/", components.subList(0, there)), OpenFlags.READ_ONLY | OpenFlags.DIRECTORY);
        }
        Folder folder = new Folder(Opening.descriptor("make folder " + path, found), path);
        for (String name : components.subList(there, components.size())) {
            folder = next(folder, name, mode, uid, gid);
        }
        return folder;
    }

    /** Makes a symbolic link; its target is any text. */
    public void symlink(String target, String path) {
        try (Folder parent = parent(path)) {
            parent.symlink(target, name(path));
        }
    }

    /** Gives a file one more name. */
    public void link(String existing, String path) {
        try (Folder from = parent(existing);
                Folder parent = parent(path)) {
            parent.link(from, name(existing), name(path));
        }
    }

    /** Makes a device, FIFO or socket. */
    public void makeSpecial(String path, FileType type, int mode, FileStatus.DeviceNumber device) {
        try (Folder parent = parent(path)) {
            parent.makeSpecial(name(path), type, mode, device);
        }
    }

    /** Removes a file or link. */
    public void unlink(String path) {
        try (Folder parent = parent(path)) {
            parent.unlink(name(path));
        }
    }

    /** Removes a file, or a folder with all below it, as {@link Folder#removeAll}; nothing there is fine. */
    public void removeAll(String path) {
        InRootPath split = InRootPath.of(path);
        if (find(split.parent(), LastLink.FOLLOW).isEmpty()) {
            return;
        }
        try (Folder parent = folder(split.parent())) {
            parent.removeAll(split.name());
        }
    }

    /** Renames; what has the new name goes, as rename(2) has it. */
    public void rename(String from, String to) {
        try (Folder source = parent(from);
                Folder target = parent(to)) {
            source.rename(name(from), target, name(to));
        }
    }

    /** Gives an owner. */
    public void chown(String path, long uid, long gid, LastLink last) {
        try (OpenFile place = place(path, last)) {
            place.chown(uid, gid);
        }
    }

    /** Sets permissions; links are followed. */
    public void chmod(String path, int mode) {
        try (OpenFile place = place(path, LastLink.FOLLOW)) {
            place.chmod(mode);
        }
    }

    /** Sets the time of modification. */
    public void setModified(String path, Instant modified, LastLink last) {
        try (OpenFile place = place(path, last)) {
            place.setModified(modified);
        }
    }

    /** What is there; nothing is an error. */
    public FileStatus status(String path, LastLink last) {
        try (OpenFile place = place(path, last)) {
            return place.status();
        }
    }

    /** What is there, if anything. */
    public Optional<FileStatus> find(String path, LastLink last) {
        long result = attempt(path, OpenFlags.PATH | flag(last));
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
            return Optional.empty();
        }
        try (OpenFile place = new OpenFile(Opening.descriptor("stat " + path, result), path)) {
            return Optional.of(place.status());
        }
    }

    /** A folder's entries; links are followed. */
    public List<Folder.Entry> list(String path) {
        try (Folder folder = folder(path)) {
            return folder.list();
        }
    }

    /** Where a symbolic link points. */
    public String readLink(String path) {
        try (OpenFile place = place(path, LastLink.KEEP)) {
            return place.readLink();
        }
    }

    @Override
    public void close() {
        root.close();
    }

    private static Folder next(Folder folder, String name, int mode, long uid, long gid) {
        try (folder) {
            if (name.equals("..")) {
                throw new SystemCallException(
                        "make folder " + folder.path() + " (\"..\" after a missing folder)", Errno.ENOENT);
            }
            boolean made = folder.find(name).isEmpty() && made(folder, name, mode);
            Folder child = folder.folder(name);
            if (made) {
                try (OpenFile self = child.self()) {
                    self.chown(uid, gid);
                    self.chmod(mode);
                }
            }
            return child;
        }
    }

    /** Another may make it at the same time: then it is theirs. */
    private static boolean made(Folder folder, String name, int mode) {
        try {
            folder.makeFolder(name, mode);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    private Descriptor open(String action, String path, int flags) {
        return Opening.descriptor(action + path, attempt(path, flags));
    }

    private long attempt(String path, int flags) {
        return Opening.attempt(root, path.isEmpty() ? "." : path, flags, 0, RESOLVE);
    }

    private static String name(String path) {
        return InRootPath.of(path).name();
    }

    private static int flag(LastLink last) {
        return last == LastLink.KEEP ? OpenFlags.NO_FOLLOW : 0;
    }
}
