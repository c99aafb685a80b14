package org.berth.image.layer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permission bits (inode(7))
 * @param links number of hard links
 * @param major device number of a device file
 */
record FileStatus(
        int mode, long links, long uid, long gid, long size, long inode, Instant modified, int major, int minor) {
    static final int TYPE_MASK = 0170000;
    static final int FIFO = 0010000;
    static final int CHARACTER_DEVICE = 0020000;
    static final int FOLDER = 0040000;
    static final int BLOCK_DEVICE = 0060000;
    static final int REGULAR = 0100000;
    static final int SYMBOLIC_LINK = 0120000;

    /** Size of {@code struct statx} (linux/stat.h). */
    static final int STATX_BYTES = 256;

    /** Reads a {@code struct statx}. */
    static FileStatus of(MemorySegment statx) {
        return new FileStatus(
                Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, 28)),
                Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, 16)),
                Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, 20)),
                Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, 24)),
                statx.get(ValueLayout.JAVA_LONG, 40),
                statx.get(ValueLayout.JAVA_LONG, 32),
                Instant.ofEpochSecond(statx.get(ValueLayout.JAVA_LONG, 112), statx.get(ValueLayout.JAVA_INT, 120)),
                statx.get(ValueLayout.JAVA_INT, 128),
                statx.get(ValueLayout.JAVA_INT, 132));
    }

    int type() {
        return mode & TYPE_MASK;
    }

    int permissions() {
        return mode & 07777;
    }

    boolean isFolder() {
        return type() == FOLDER;
    }

    /** How overlayfs says "not here": a character device 0:0 (kernel, filesystems/overlayfs.rst). */
    boolean isWhiteout() {
        return type() == CHARACTER_DEVICE && major == 0 && minor == 0;
    }
}
