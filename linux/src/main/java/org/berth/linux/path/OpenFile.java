package org.berth.linux.path;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A file held by descriptor. Its attributes are read and changed on the descriptor, so they are those
 * of the file that was opened, whatever its name leads to by now. It may be held as a mere place
 * (O_PATH): then it has no content to read or write, and it may be a symbolic link.
 */
public final class OpenFile implements AutoCloseable {
    private static final int STATX_BYTES = 256;
    private static final int STATX_BASIC = 0x7ff;
    private static final long LINK_BYTES_MAX = 4096;
    private static final long XATTR_BYTES_MAX = 65536;
    private static final long OMIT_TIME = (1L << 30) - 2;

    private final Descriptor descriptor;
    private final String name;

    OpenFile(Descriptor descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    /** The descriptor; closed with this. */
    public Descriptor descriptor() {
        return descriptor;
    }

    /** What it is. */
    public FileStatus status() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATX_BYTES, 8);
            MemorySegment empty = arena.allocate(1);
            SystemCalls.call(
                    "stat " + name,
                    SystemCallNumber.STATX,
                    descriptor.number(),
                    empty.address(),
                    OpenFlags.AT_EMPTY_PATH,
                    STATX_BASIC,
                    status.address());
            return status(status);
        }
    }

    /** Gives it an owner; set-id bits go, as the kernel has it, so modes are set afterwards. */
    public void chown(long uid, long gid) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "chown " + name,
                    SystemCallNumber.FCHOWNAT,
                    descriptor.number(),
                    arena.allocate(1).address(),
                    uid,
                    gid,
                    OpenFlags.AT_EMPTY_PATH);
        }
    }

    /** Sets its permissions, 0 to 07777. A symbolic link has none: EOPNOTSUPP. */
    public void chmod(int mode) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "chmod " + name,
                    SystemCallNumber.CHMOD,
                    SystemCalls.text(arena, descriptor.path()).address(),
                    mode);
        }
    }

    /** Sets its time of modification, to the nanosecond. */
    public void setModified(Instant modified) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(32, 8);
            times.set(ValueLayout.JAVA_LONG, 8, OMIT_TIME);
            times.set(ValueLayout.JAVA_LONG, 16, modified.getEpochSecond());
            times.set(ValueLayout.JAVA_LONG, 24, modified.getNano());
            SystemCalls.call(
                    "set the time of " + name,
                    SystemCallNumber.UTIMENSAT,
                    descriptor.number(),
                    arena.allocate(1).address(),
                    times.address(),
                    OpenFlags.AT_EMPTY_PATH);
        }
    }

    /** Sets an extended attribute (xattr(7)). */
    public void setAttribute(String attribute, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, value.length));
            MemorySegment.copy(value, 0, bytes, ValueLayout.JAVA_BYTE, 0, value.length);
            SystemCalls.call(
                    "set " + attribute + " of " + name,
                    SystemCallNumber.SETXATTR,
                    SystemCalls.text(arena, descriptor.path()).address(),
                    FileNames.segment(arena, attribute).address(),
                    bytes.address(),
                    value.length,
                    0);
        }
    }

    /** An extended attribute, when it has it. */
    public Optional<byte[]> attribute(String attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(XATTR_BYTES_MAX);
            long length = SystemCalls.attempt(
                    SystemCallNumber.GETXATTR,
                    SystemCalls.text(arena, descriptor.path()).address(),
                    FileNames.segment(arena, attribute).address(),
                    bytes.address(),
                    XATTR_BYTES_MAX);
            if (length == -Errno.ENODATA || length == -Errno.EOPNOTSUPP) {
                return Optional.empty();
            }
            return Optional.of(bytes(check("read " + attribute + " of " + name, length), bytes));
        }
    }

    /** The names of its extended attributes. */
    public List<String> attributes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(XATTR_BYTES_MAX);
            long length = SystemCalls.attempt(
                    SystemCallNumber.LISTXATTR,
                    SystemCalls.text(arena, descriptor.path()).address(),
                    names.address(),
                    XATTR_BYTES_MAX);
            if (length == -Errno.EOPNOTSUPP) {
                return List.of();
            }
            String all = FileNames.decode(bytes(check("list attributes of " + name, length), names));
            List<String> result = new ArrayList<>();
            for (String one : all.split("\0", -1)) {
                if (!one.isEmpty()) {
                    result.add(one);
                }
            }
            return result;
        }
    }

    /** Where it points, when it is a symbolic link. */
    public String readLink() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(LINK_BYTES_MAX);
            long length = SystemCalls.call(
                    "read link " + name,
                    SystemCallNumber.READLINKAT,
                    descriptor.number(),
                    arena.allocate(1).address(),
                    target.address(),
                    LINK_BYTES_MAX);
            return FileNames.decode(bytes(length, target));
        }
    }

    /** Its content from the present position on; closing the stream leaves the file open. */
    public InputStream input() {
        return new DescriptorInput(descriptor, name);
    }

    /** Takes content at the present position; closing the stream leaves the file open. */
    public OutputStream output() {
        return new DescriptorOutput(descriptor, name);
    }

    /**
     * All of its content.
     *
     * @throws SystemCallException with EFBIG when it is longer than {@code bytesMax}
     */
    public byte[] readAll(int bytesMax) {
        try (InputStream input = input()) {
            byte[] content = input.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new SystemCallException("read " + name + " (at most " + bytesMax + " bytes)", 27);
            }
            return content;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Opens it anew for its content, when it is a regular file and held as a place only. */
    OpenFile reopen(int flags) {
        if (!status().isRegular()) {
            throw new SystemCallException("open " + name + " (not a regular file)", Errno.EINVAL);
        }
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCalls.call(
                    "open " + name,
                    SystemCallNumber.OPENAT,
                    OpenFlags.AT_FDCWD,
                    SystemCalls.text(arena, descriptor.path()).address(),
                    flags | OpenFlags.CLOSE_ON_EXEC | OpenFlags.NO_TERMINAL,
                    0);
            return new OpenFile(new Descriptor((int) result), name);
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }

    private static long check(String action, long result) {
        if (result < 0) {
            throw new SystemCallException(action, (int) -result);
        }
        return result;
    }

    private static byte[] bytes(long length, MemorySegment segment) {
        return segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Reads struct statx (include/uapi/linux/stat.h). */
    private static FileStatus status(MemorySegment raw) {
        int mode = Short.toUnsignedInt(raw.get(ValueLayout.JAVA_SHORT, 28));
        return new FileStatus(
                FileType.ofMode(mode),
                mode & 07777,
                Integer.toUnsignedLong(raw.get(ValueLayout.JAVA_INT, 20)),
                Integer.toUnsignedLong(raw.get(ValueLayout.JAVA_INT, 24)),
                raw.get(ValueLayout.JAVA_LONG, 40),
                Instant.ofEpochSecond(
                        raw.get(ValueLayout.JAVA_LONG, 112),
                        Integer.toUnsignedLong(raw.get(ValueLayout.JAVA_INT, 120))),
                new FileStatus.DeviceNumber(raw.get(ValueLayout.JAVA_INT, 136), raw.get(ValueLayout.JAVA_INT, 140)),
                new FileStatus.DeviceNumber(raw.get(ValueLayout.JAVA_INT, 128), raw.get(ValueLayout.JAVA_INT, 132)),
                raw.get(ValueLayout.JAVA_LONG, 32),
                Integer.toUnsignedLong(raw.get(ValueLayout.JAVA_INT, 16)));
    }
}
