package org.berth.image.layer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.FileNames;

/**
 * What {@link FileCalls} does by a folder and a name, of a file that is open: the kernel need not look for it again. For
 * one thread, the one that made it.
 */
final class OpenFileCalls implements AutoCloseable {
    private static final int NAME_BYTES = 256; // XATTR_NAME_MAX, with its NUL
    private static final int TIMES_BYTES = 32;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attributeName = arena.allocate(NAME_BYTES);
    private final MemorySegment times = arena.allocate(TIMES_BYTES, 8);

    /** @param name for errors, here and below */
    void own(Descriptor file, String name, long uid, long gid) {
        FileCalls.checkOwner(name, uid, gid);
        long result = SystemCalls.attempt(SystemCallNumber.FCHOWN, file.number(), uid, gid);
        FileCalls.checkOwned(name, uid, gid, result);
    }

    void permit(Descriptor file, String name, int mode) {
        check("change the mode of", name, SystemCalls.attempt(SystemCallNumber.FCHMOD, file.number(), mode));
    }

    /** Sets both times; sub-second parts as far as the file system keeps them. */
    void date(Descriptor file, String name, Instant time) {
        FileCalls.putTimes(times, time);
        check(
                "set the time of",
                name,
                SystemCalls.attempt(SystemCallNumber.UTIMENSAT, file.number(), 0, times.address(), 0));
    }

    /** Sets an extended attribute. @return 0 or the error number: EOPNOTSUPP, EPERM */
    int setAttribute(Descriptor file, String name, String attribute, byte[] value) {
        FileCalls.checkAttribute(name, attribute, value);
        byte[] bytes = FileNames.encode(attribute);
        if (bytes.length >= NAME_BYTES) {
            throw new SystemCallException("use the attribute name " + attribute, Errno.ERANGE);
        }
        attributeName.fill((byte) 0);
        MemorySegment.copy(bytes, 0, attributeName, ValueLayout.JAVA_BYTE, 0, bytes.length);
        try (Arena own = Arena.ofConfined()) {
            MemorySegment content = own.allocate(Math.max(1, value.length));
            MemorySegment.copy(value, 0, content, ValueLayout.JAVA_BYTE, 0, value.length);
            return (int) -SystemCalls.attempt(
                    SystemCallNumber.FSETXATTR,
                    file.number(),
                    attributeName.address(),
                    content.address(),
                    value.length,
                    0);
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private static void check(String action, String name, long result) {
        if (result < 0) {
            throw new SystemCallException(action + " " + name, (int) -result);
        }
    }
}
