package org.berth.image.layer;

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
