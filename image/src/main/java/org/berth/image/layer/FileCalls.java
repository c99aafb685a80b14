package org.berth.image.layer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.FileNames;

/**
 * File system calls relative to an open folder, with buffers that are made once: a layer has tens of
 * thousands of files.
 * For one thread, the one that made it.
 *
 * <p>A name given here is the last component only: never a path, but for {@link #openFolder}, which resolves below the
 * root.
 */
final class FileCalls implements AutoCloseable {
    static final int BUFFER_BYTES = 256 * 1024;

    private static final int PATH_BYTES = 4096; // PATH_MAX, with its NUL
    private static final int ATTRIBUTE_BYTES_MAX = 65_536; // XATTR_SIZE_MAX and XATTR_LIST_MAX
    private static final int RETRIES_MAX = 128;

    private static final int O_WRONLY = 1;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NONBLOCK = 04000;
    private static final int O_DIRECTORY = 0200000;
    private static final int O_NOFOLLOW = 0400000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_PATH = 010000000;
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int RESOLVE_NO_MAGICLINKS = 0x02;
    private static final int RESOLVE_IN_ROOT = 0x10;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int OPEN_HOW_BYTES = 24;
    private static final int SEEK_CURRENT = 1;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment first = arena.allocate(PATH_BYTES);
    private final MemorySegment second = arena.allocate(PATH_BYTES);
    private final MemorySegment record = arena.allocate(FileStatus.STATX_BYTES, 8);
    private Optional<MemorySegment> large = Optional.empty();

    /** Opens a folder of the host, whose path is our own. */
    Descriptor open(Path folder) {
        try (Arena own = Arena.ofConfined()) {
            MemorySegment path = SystemCalls.text(own, folder.toString());
            return descriptor(SystemCalls.call(
                    "open " + folder, SystemCallNumber.OPENAT, AT_FDCWD, path.address(), O_DIRECTORY | O_CLOEXEC));
        }
    }

    /**
     * Opens a folder by a path below a root; symbolic links in it are followed within the root, links of procfs never.
     *
     * @return the folder (O_PATH), or the error number: ENOENT, ENOTDIR, ELOOP
     */
    Opened openFolder(Descriptor root, String path) {
        record.fill((byte) 0);
        record.set(ValueLayout.JAVA_LONG, 0, O_PATH | O_DIRECTORY | O_CLOEXEC);
        record.set(ValueLayout.JAVA_LONG, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        long name = put(first, path.isEmpty() ? "." : path);
        long result = -Errno.EAGAIN;
        for (int tries = 0; tries < RETRIES_MAX && (result == -Errno.EAGAIN || result == -Errno.EINTR); tries++) {
            result = SystemCalls.attempt(
                    SystemCallNumber.OPENAT2, root.number(), name, record.address(), OPEN_HOW_BYTES);
        }
        return result < 0
                ? new Opened(Optional.empty(), (int) -result)
                : new Opened(Optional.of(descriptor(result)), 0);
    }

    /** A folder, or why there is none. */
    record Opened(Optional<Descriptor> folder, int errno) {}

    /** Opens a folder that is in another, to read its entries; a symbolic link is refused. */
    Descriptor openChild(Descriptor folder, String name) {
        return descriptor(SystemCalls.call(
                "open " + name,
                SystemCallNumber.OPENAT,
                folder.number(),
                put(first, name),
                O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }

    /** One more descriptor of an open folder. */
    Descriptor reopen(Descriptor folder) {
        return openFolder(folder, "")
                .folder()
                .orElseThrow(() -> new SystemCallException("open a folder again", Errno.ENOENT));
    }

    /** Opens a file to read it, without waiting if it turned into a FIFO meanwhile. */
    Descriptor openToRead(Descriptor folder, String name) {
        return descriptor(SystemCalls.call(
                "open " + name,
                SystemCallNumber.OPENAT,
                folder.number(),
                put(first, name),
                O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    }

    /** Makes a file that is not there yet; empty when the name is taken. */
    Optional<Descriptor> create(Descriptor folder, String name) {
        long result = SystemCalls.attempt(
                SystemCallNumber.OPENAT,
                folder.number(),
                put(first, name),
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
        return isTaken("create", name, result) ? Optional.empty() : Optional.of(descriptor(result));
    }

    /** False when the name is taken, as in the other makers. */
    boolean makeFolder(Descriptor folder, String name, int mode) {
        return !isTaken(
                "make folder",
                name,
                SystemCalls.attempt(SystemCallNumber.MKDIRAT, folder.number(), put(first, name), mode));
    }

    boolean makeNode(Descriptor folder, String name, int mode, int major, int minor) {
        long device = (minor & 0xffL) | ((major & 0xfffL) << 8) | ((minor & ~0xffL) << 12); // new_encode_dev
        long result = SystemCalls.attempt(SystemCallNumber.MKNODAT, folder.number(), put(first, name), mode, device);
        OwnUserNamespace.refusedDevice((int) -result).ifPresent(why -> {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "make the device " + name + " (" + major + ":" + minor + "): " + why);
        });
        return !isTaken("make node", name, result);
    }

    boolean makeSymbolicLink(Descriptor folder, String name, String target) {
        return !isTaken(
                "link",
                name,
                SystemCalls.attempt(
                        SystemCallNumber.SYMLINKAT, put(second, target), folder.number(), put(first, name)));
    }

    boolean makeHardLink(Descriptor targetFolder, String target, Descriptor folder, String name) {
        return !isTaken(
                "link " + target + " to",
                name,
                SystemCalls.attempt(
                        SystemCallNumber.LINKAT,
                        targetFolder.number(),
                        put(second, target),
                        folder.number(),
                        put(first, name),
                        0));
    }

    /** What is under this name, itself and not what it links to. */
    Optional<FileStatus> status(Descriptor folder, String name) {
        long result = SystemCalls.attempt(
                SystemCallNumber.STATX,
                folder.number(),
                put(first, name),
                AT_SYMLINK_NOFOLLOW,
                STATX_BASIC_STATS,
                record.address());
        if (result == -Errno.ENOENT) {
            return Optional.empty();
        }
        check("stat", name, result);
        return Optional.of(FileStatus.of(record));
    }

    /** The status of an open file. */
    FileStatus status(Descriptor file) {
        SystemCalls.call(
                "stat an open file",
                SystemCallNumber.STATX,
                file.number(),
                put(first, ""),
                AT_EMPTY_PATH,
                STATX_BASIC_STATS,
                record.address());
        return FileStatus.of(record);
    }

    void own(Descriptor folder, String name, long uid, long gid) {
        checkOwner(name, uid, gid);
        long result = SystemCalls.attempt(
                SystemCallNumber.FCHOWNAT, folder.number(), put(first, name), uid, gid, AT_SYMLINK_NOFOLLOW);
        checkOwned(name, uid, gid, result);
    }

    static void checkOwner(String name, long uid, long gid) {
        if (uid < 0 || gid < 0 || uid > 0xfffffffeL || gid > 0xfffffffeL) {
            throw new BerthException(
                    ErrorCode.INVALID, "owner " + uid + ":" + gid + " of " + name + " is out of range");
        }
    }

    static void checkOwned(String name, long uid, long gid, long result) {
        OwnUserNamespace.refusedOwner((int) -result).ifPresent(why -> {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "change the owner of " + name + " to " + uid + ":" + gid + ": " + why);
        });
        check("change the owner of", name, result);
    }

    /** Sets permissions; never of a symbolic link, which has none and would be followed. */
    void permit(Descriptor folder, String name, int mode) {
        check(
                "change the mode of",
                name,
                SystemCalls.attempt(SystemCallNumber.FCHMODAT, folder.number(), put(first, name), mode));
    }

    /** Sets both times; sub-second parts as far as the file system keeps them. */
    void date(Descriptor folder, String name, Instant time) {
        putTimes(record, time);
        check(
                "set the time of",
                name,
                SystemCalls.attempt(
                        SystemCallNumber.UTIMENSAT,
                        folder.number(),
                        put(first, name),
                        record.address(),
                        AT_SYMLINK_NOFOLLOW));
    }

    /** Two of {@code struct timespec}, both this time. */
    static void putTimes(MemorySegment into, Instant time) {
        for (int offset = 0; offset <= 16; offset += 16) {
            into.set(ValueLayout.JAVA_LONG, offset, time.getEpochSecond());
            into.set(ValueLayout.JAVA_LONG, offset + 8L, time.getNano());
        }
    }

    /** Sets an extended attribute. @return 0 or the error number: EOPNOTSUPP, EPERM */
    int setAttribute(Descriptor folder, String name, String attribute, byte[] value) {
        checkAttribute(name, attribute, value);
        MemorySegment.copy(value, 0, buffer(), ValueLayout.JAVA_BYTE, 0, value.length);
        return (int) -SystemCalls.attempt(
                SystemCallNumber.LSETXATTR,
                put(first, folder.path() + "/" + name),
                put(second, attribute),
                buffer().address(),
                value.length,
                0);
    }

    static void checkAttribute(String name, String attribute, byte[] value) {
        if (value.length > ATTRIBUTE_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID, "attribute " + attribute + " of " + name + " is longer than 64 KiB");
        }
    }

    /** All extended attributes of what has this name. */
    SortedMap<String, byte[]> attributes(Descriptor folder, String name) {
        return attributes(
                name,
                SystemCalls.attempt(
                        SystemCallNumber.LLISTXATTR,
                        put(first, folder.path() + "/" + name),
                        buffer().address(),
                        ATTRIBUTE_BYTES_MAX),
                attribute -> attribute(folder, name, attribute));
    }

    /** All extended attributes of an open file or folder. */
    SortedMap<String, byte[]> attributes(Descriptor file) {
        return attributes(
                file.path(),
                SystemCalls.attempt(
                        SystemCallNumber.FLISTXATTR, file.number(), buffer().address(), ATTRIBUTE_BYTES_MAX),
                attribute -> value(
                        attribute,
                        file.path(),
                        SystemCalls.attempt(
                                SystemCallNumber.FGETXATTR,
                                file.number(),
                                put(second, attribute),
                                buffer().address(),
                                ATTRIBUTE_BYTES_MAX)));
    }

    private SortedMap<String, byte[]> attributes(
            String name, long listLength, Function<String, Optional<byte[]>> value) {
        if (listLength == 0 || listLength == -Errno.EOPNOTSUPP) {
            return Collections.emptySortedMap();
        }
        check("list the attributes of", name, listLength);
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        for (String attribute : FileNames.decode(bytes(listLength)).split("\0", -1)) {
            if (!attribute.isEmpty()) {
                value.apply(attribute).ifPresent(bytes -> attributes.put(attribute, bytes));
            }
        }
        return attributes;
    }

    /** The value of an extended attribute, if it is there. */
    Optional<byte[]> attribute(Descriptor folder, String name, String attribute) {
        return value(
                attribute,
                name,
                SystemCalls.attempt(
                        SystemCallNumber.LGETXATTR,
                        put(first, folder.path() + "/" + name),
                        put(second, attribute),
                        buffer().address(),
                        ATTRIBUTE_BYTES_MAX));
    }

    private Optional<byte[]> value(String attribute, String name, long length) {
        if (length == -Errno.ENODATA || length == -Errno.EOPNOTSUPP) {
            return Optional.empty();
        }
        check("read the attribute " + attribute + " of", name, length);
        return Optional.of(bytes(length));
    }

    /** The target of a symbolic link. */
    String target(Descriptor folder, String name) {
        long length = SystemCalls.attempt(
                SystemCallNumber.READLINKAT, folder.number(), put(first, name), buffer().address(), PATH_BYTES);
        check("read the link", name, length);
        return FileNames.decode(bytes(length));
    }

    /** The names in a folder opened by {@link #openChild} or {@link #open}, in the order of their bytes. */
    List<String> names(Descriptor folder) {
        List<String> names = new ArrayList<>();
        while (true) {
            long length = SystemCalls.call(
                    "read a folder", SystemCallNumber.GETDENTS64, folder.number(), buffer().address(), BUFFER_BYTES);
            if (length == 0) {
                Collections.sort(names);
                return names;
            }
            for (long at = 0; at < length; at += Short.toUnsignedInt(buffer().get(ValueLayout.JAVA_SHORT, at + 16))) {
                String name = name(at + 19);
                if (!name.equals(".") && !name.equals("..")) {
                    names.add(name);
                }
            }
        }
    }

    private String name(long from) {
        long end = from;
        while (buffer().get(ValueLayout.JAVA_BYTE, end) != 0) {
            end++;
        }
        byte[] bytes = new byte[(int) (end - from)];
        MemorySegment.copy(buffer(), ValueLayout.JAVA_BYTE, from, bytes, 0, bytes.length);
        return FileNames.decode(bytes);
    }

    void removeFile(Descriptor folder, String name) {
        check("remove", name, SystemCalls.attempt(SystemCallNumber.UNLINKAT, folder.number(), put(first, name), 0));
    }

    /** Reads up to a buffer's length; 0 at the end. */
    int read(Descriptor file, byte[] into) {
        int length = Math.min(into.length, BUFFER_BYTES);
        int count =
                (int) SystemCalls.call("read a file", SystemCallNumber.READ, file.number(), buffer().address(), length);
        MemorySegment.copy(buffer(), ValueLayout.JAVA_BYTE, 0, into, 0, count);
        return count;
    }

    /** Writes all of it. */
    void write(Descriptor file, byte[] from, int length) {
        MemorySegment.copy(from, 0, buffer(), ValueLayout.JAVA_BYTE, 0, length);
        int done = 0;
        while (done < length) {
            done += (int) SystemCalls.call(
                    "write a file",
                    SystemCallNumber.WRITE,
                    file.number(),
                    buffer().address() + done,
                    (long) length - done);
        }
    }

    /** Goes on writing so many bytes further; what is passed over is a hole. */
    void skip(Descriptor file, long bytes) {
        long ignored = SystemCalls.call("seek in a file", SystemCallNumber.LSEEK, file.number(), bytes, SEEK_CURRENT);
    }

    /** Makes a file so long; what is added is a hole. */
    void resize(Descriptor file, long bytes) {
        SystemCalls.call("resize a file", SystemCallNumber.FTRUNCATE, file.number(), bytes);
    }

    /** Puts everything on the folder's file system onto the disk (syncfs(2)). */
    void sync(Descriptor folder) {
        SystemCalls.call("sync a file system", SystemCallNumber.SYNCFS, folder.number());
    }

    @Override
    public void close() {
        arena.close();
    }

    /** For content, names and values; made when it is first needed. */
    private MemorySegment buffer() {
        MemorySegment found = large.orElseGet(() -> arena.allocate(BUFFER_BYTES, 8));
        large = Optional.of(found);
        return found;
    }

    private byte[] bytes(long length) {
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(buffer(), ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
        return bytes;
    }

    private static Descriptor descriptor(long number) {
        return new Descriptor((int) number);
    }

    private static boolean isTaken(String action, String name, long result) {
        if (result == -Errno.EEXIST) {
            return true;
        }
        check(action, name, result);
        return false;
    }

    private static void check(String action, String name, long result) {
        if (result < 0) {
            throw new SystemCallException(action + " " + name, (int) -result);
        }
    }

    private static long put(MemorySegment into, String name) {
        byte[] bytes = FileNames.encode(name);
        if (bytes.length >= PATH_BYTES) {
            throw new SystemCallException("use the name " + name.substring(0, 64) + "...", Errno.ENAMETOOLONG);
        }
        MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, 0, bytes.length);
        into.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return into.address();
    }
}
