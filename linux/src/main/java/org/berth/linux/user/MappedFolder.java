package org.berth.linux.user;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A folder or file seen through a user namespace's mapping: an id-mapped mount that is attached nowhere
 * (open_tree_attr(2), Linux 6.15).
 */
public final class MappedFolder implements AutoCloseable {
    private static final long AT_FDCWD = -100;
    private static final long OPEN_TREE_CLONE_CLOEXEC = 0x80001;
    private static final long AT_RECURSIVE = 0x8000;
    private static final long MOUNT_ATTR_IDMAP = 0x100000;
    private static final long MS_PRIVATE = 1 << 18;
    private static final int MOUNT_ATTR_SIZE = 32;

    private final Descriptor mount;

    private MappedFolder(Descriptor mount) {
        this.mount = mount;
    }

    /**
     * Makes one; it ends when it is closed and nothing uses it any more.
     *
     * @throws SystemCallException EINVAL where the file system knows no such mounts, ENOSYS before Linux 6.15
     */
    public static MappedFolder of(Path folder, Descriptor users) {
        return of(folder, users, OPEN_TREE_CLONE_CLOEXEC);
    }

    private static MappedFolder of(Path folder, Descriptor users, long flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(MOUNT_ATTR_SIZE, 8);
            attributes.set(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
            attributes.set(ValueLayout.JAVA_LONG, 16, MS_PRIVATE);
            attributes.set(ValueLayout.JAVA_LONG, 24, users.number());
            return new MappedFolder(new Descriptor((int) SystemCalls.call(
                    "map the ids of " + folder,
                    SystemCallNumber.OPEN_TREE_ATTR,
                    AT_FDCWD,
                    SystemCalls.text(arena, folder.toString()).address(),
                    flags,
                    attributes.address(),
                    MOUNT_ATTR_SIZE)));
        }
    }

    /** Whether a file's or folder's file system can be seen through a mapping. */
    public static boolean isPossible(Path file, Descriptor users) {
        return isPossible(file, users, OPEN_TREE_CLONE_CLOEXEC);
    }

    /** Whether a folder can be seen so with all that is mounted below it: the kernel asks every mount. */
    public static boolean isPossibleWithAllBelow(Path folder, Descriptor users) {
        return isPossible(folder, users, OPEN_TREE_CLONE_CLOEXEC | AT_RECURSIVE);
    }

    private static boolean isPossible(Path file, Descriptor users, long flags) {
        try (MappedFolder mapped = of(file, users, flags)) {
            return mapped.mount.number() >= 0;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.EPERM || e.errno() == Errno.ENOSYS) {
                return false;
            }
            throw e;
        }
    }

    /** Where it is found while it is open. */
    public Path path() {
        return Path.of(mount.path());
    }

    /** Its mount. */
    public Descriptor descriptor() {
        return mount;
    }

    @Override
    public void close() {
        mount.close();
    }
}
