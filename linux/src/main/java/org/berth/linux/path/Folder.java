package org.berth.linux.path;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A folder held by descriptor. Every method takes the name of one entry, never a path, and never
 * follows an entry that is a symbolic link: so nothing it does can leave the folder. Whoever makes
 * many files of one folder (unpacking, copying) opens it once and saves the walk.
 */
public final class Folder implements AutoCloseable {
    private static final int ENTRIES_BYTES = 64 * 1024;
    private static final int ENTRY_NAME_OFFSET = 19;

    /** Folders below folders that are walked at the most. */
    static final int DEPTH_MAX = 256;

    private final Descriptor descriptor;
    private final String path;

    Folder(Descriptor descriptor, String path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    /** An entry of a folder. */
    public record Entry(String name, FileType type) {}

    /** The descriptor; closed with this. */
    public Descriptor descriptor() {
        return descriptor;
    }

    /** The folder itself, for its attributes; it has a descriptor of its own. */
    public OpenFile self() {
        return new OpenFile(
                Opening.open("open " + path, descriptor, ".", OpenFlags.PATH | OpenFlags.DIRECTORY, 0, 0), path);
    }

    /** An entry held as a place: for its attributes, or a link's target. */
    public OpenFile place(String name) {
        return new OpenFile(open("open ", name, OpenFlags.PATH | OpenFlags.NO_FOLLOW, 0), in(name));
    }

    /** What an entry is, when there is one. */
    public Optional<FileStatus> find(String name) {
        long result = attempt(name, OpenFlags.PATH | OpenFlags.NO_FOLLOW, 0);
        if (result == -Errno.ENOENT) {
            return Optional.empty();
        }
        try (OpenFile file = new OpenFile(Opening.descriptor("stat " + in(name), result), in(name))) {
            return Optional.of(file.status());
        }
    }

    /** Opens a folder in it. */
    public Folder folder(String name) {
        int flags = OpenFlags.READ_ONLY | OpenFlags.DIRECTORY | OpenFlags.NO_FOLLOW;
        return new Folder(open("open folder ", name, flags, 0), in(name));
    }

    /** Opens a regular file to read; a device or FIFO is refused before it is opened. */
    public OpenFile read(String name) {
        try (OpenFile place = place(name)) {
            return place.reopen(OpenFlags.READ_ONLY);
        }
    }

    /** Makes a file that was not there, and opens it to write. Its mode is exactly {@code mode}. */
    public OpenFile create(String name, int mode) {
        int flags = OpenFlags.READ_WRITE | OpenFlags.CREATE | OpenFlags.EXCLUSIVE | OpenFlags.NO_FOLLOW;
        OpenFile file = new OpenFile(open("create ", name, flags, 0), in(name));
        if (mode != 0600) {
            SystemCalls.call(
                    "chmod " + in(name),
                    SystemCallNumber.FCHMOD,
                    file.descriptor().number(),
                    mode);
        }
        return file;
    }

    /** Makes a folder that was not there. Its mode is exactly {@code mode}. */
    public void makeFolder(String name, int mode) {
        change("make folder ", name, (at, text) -> SystemCalls.attempt(SystemCallNumber.MKDIRAT, at, text, 0700));
        try (OpenFile made = place(name)) {
            made.chmod(mode);
        }
    }

    /** Makes a symbolic link; the target is any text, and is not looked at. */
    public void symlink(String target, String name) {
        try (Arena arena = Arena.ofConfined()) {
            long link = FileNames.segment(arena, target).address();
            change("make link ", name, (at, text) -> SystemCalls.attempt(SystemCallNumber.SYMLINKAT, link, at, text));
        }
    }

    /** Makes {@code name} one more name of {@code existing} in {@code folder}, be it a symbolic link. */
    public void link(Folder folder, String existing, String name) {
        try (Arena arena = Arena.ofConfined()) {
            long from = FileNames.segment(arena, FileNames.component(existing)).address();
            change(
                    "link " + folder.in(existing) + " to ",
                    name,
                    (at, text) -> SystemCalls.attempt(
                            SystemCallNumber.LINKAT, folder.descriptor.number(), from, at, text, 0));
        }
    }

    /** Makes a device, FIFO or socket. Its mode is exactly {@code mode}. */
    public void makeSpecial(String name, FileType type, int mode, FileStatus.DeviceNumber device) {
        change(
                "make " + type + " ",
                name,
                (at, text) ->
                        SystemCalls.attempt(SystemCallNumber.MKNODAT, at, text, type.format() | 0600, device.packed()));
        try (OpenFile made = place(name)) {
            made.chmod(mode);
        }
    }

    /** Removes an entry that is not a folder. */
    public void unlink(String name) {
        change("remove ", name, (at, text) -> SystemCalls.attempt(SystemCallNumber.UNLINKAT, at, text, 0));
    }

    /** Removes an empty folder. */
    public void removeFolder(String name) {
        change(
                "remove folder ",
                name,
                (at, text) -> SystemCalls.attempt(SystemCallNumber.UNLINKAT, at, text, OpenFlags.AT_REMOVEDIR));
    }

    /** Renames an entry, also into another folder; what has the new name goes, as rename(2) has it. */
    public void rename(String name, Folder target, String newName) {
        try (Arena arena = Arena.ofConfined()) {
            long to = FileNames.segment(arena, FileNames.component(newName)).address();
            change(
                    "rename to " + target.in(newName) + ": ",
                    name,
                    (at, text) ->
                            SystemCalls.attempt(SystemCallNumber.RENAMEAT, at, text, target.descriptor.number(), to));
        }
    }

    /** Gives an entry an owner; a symbolic link itself. */
    public void chown(String name, long uid, long gid) {
        change(
                "chown ",
                name,
                (at, text) -> SystemCalls.attempt(
                        SystemCallNumber.FCHOWNAT, at, text, uid, gid, OpenFlags.AT_SYMLINK_NOFOLLOW));
    }

    /**
     * Removes an entry with all below it. What is mounted below is never entered: it is an error
     * (EXDEV), so that removal ends at the file system it began on (CVE-2024-23652).
     */
    public void removeAll(String name) {
        removeAll(name, 0);
    }

    private void removeAll(String name, int depth) {
        long result = changed(name, (at, text) -> SystemCalls.attempt(SystemCallNumber.UNLINKAT, at, text, 0));
        if (result >= 0 || result == -Errno.ENOENT) {
            return;
        }
        if (result != -Errno.EISDIR && result != -Errno.EPERM) {
            throw new SystemCallException("remove " + in(name), (int) -result);
        }
        if (depth >= DEPTH_MAX) {
            throw new SystemCallException(
                    "remove " + in(name) + " (more than " + DEPTH_MAX + " folders deep)", Errno.ELOOP);
        }
        int flags = OpenFlags.READ_ONLY | OpenFlags.DIRECTORY | OpenFlags.NO_FOLLOW;
        try (Folder folder = new Folder(open("remove ", name, flags, OpenFlags.RESOLVE_NO_CROSSING), in(name))) {
            for (Entry entry : folder.list()) {
                folder.removeAll(entry.name(), depth + 1);
            }
        }
        removeFolder(name);
    }

    /** Its entries but "." and "..", in the file system's order. */
    public List<Entry> list() {
        try (Folder reading = again();
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(ENTRIES_BYTES, 8);
            List<Entry> entries = new ArrayList<>();
            while (true) {
                long length = SystemCalls.call(
                        "list " + path,
                        SystemCallNumber.GETDENTS64,
                        reading.descriptor.number(),
                        buffer.address(),
                        ENTRIES_BYTES);
                if (length == 0) {
                    return entries;
                }
                parse(buffer.asSlice(0, length), entries);
            }
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }

    String path() {
        return path;
    }

    /** Reads linux_dirent64 records (getdents64(2)). */
    private void parse(MemorySegment records, List<Entry> entries) {
        for (long at = 0; at < records.byteSize(); ) {
            int length = Short.toUnsignedInt(
                    records.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at + 16));
            int kind = records.get(ValueLayout.JAVA_BYTE, at + 18);
            String name = name(records.asSlice(at + ENTRY_NAME_OFFSET, length - ENTRY_NAME_OFFSET));
            at += length;
            if (!name.equals(".") && !name.equals("..")) {
                type(kind, name).ifPresent(type -> entries.add(new Entry(name, type)));
            }
        }
    }

    /** File systems may leave the type out; the entry is looked at then, and may be gone. */
    private Optional<FileType> type(int kind, String name) {
        for (FileType type : FileType.values()) {
            if (type.isEntry(kind)) {
                return Optional.of(type);
            }
        }
        return find(name).map(FileStatus::type);
    }

    private static String name(MemorySegment bytes) {
        int length = 0;
        while (bytes.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return FileNames.decode(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /** The same folder with a reading position of its own. */
    private Folder again() {
        return new Folder(
                Opening.open("list " + path, descriptor, ".", OpenFlags.READ_ONLY | OpenFlags.DIRECTORY, 0, 0), path);
    }

    private Descriptor open(String action, String name, int flags, long resolve) {
        return Opening.descriptor(action + in(name), attempt(name, flags, 0600, resolve));
    }

    private long attempt(String name, int flags, int mode) {
        return attempt(name, flags, mode, 0);
    }

    private long attempt(String name, int flags, int mode, long resolve) {
        int create = flags & OpenFlags.CREATE;
        return Opening.attempt(descriptor, FileNames.component(name), flags, create == 0 ? 0 : mode, resolve);
    }

    private void change(String action, String name, Change change) {
        long result = changed(name, change);
        if (result < 0) {
            throw new SystemCallException(action + in(name), (int) -result);
        }
    }

    private long changed(String name, Change change) {
        try (Arena arena = Arena.ofConfined()) {
            long text = FileNames.segment(arena, FileNames.component(name)).address();
            return change.apply(descriptor.number(), text);
        }
    }

    private String in(String name) {
        return path.isEmpty() || path.endsWith("/") ? path + name : path + "/" + name;
    }

    /** A system call on an entry: the folder's descriptor and the name's address. */
    private interface Change {
        long apply(int folder, long name);
    }
}
