package org.berth.linux.path;

import java.time.Instant;

/**
 * What statx(2) tells of a file.
 *
 * @param mode permissions with set-id and sticky bits, 0 to 07777
 * @param sizeBytes its length; of a symbolic link the length of its target
 * @param modified to the nanosecond
 * @param device the device it is on, as {@code makedev} packs it
 * @param special the device that it stands for, when it is a device
 * @param links names it has
 */
public record FileStatus(
        FileType type,
        int mode,
        long uid,
        long gid,
        long sizeBytes,
        Instant modified,
        DeviceNumber device,
        DeviceNumber special,
        long inode,
        long links) {
    /** A device's major and minor number (makedev(3)). */
    public record DeviceNumber(int major, int minor) {
        /** The kernel's packing for mknod(2). */
        long packed() {
            return (minor & 0xffL) | ((major & 0xfffL) << 8) | ((minor & 0xfff00L) << 12);
        }
    }

    public boolean isFolder() {
        return type == FileType.FOLDER;
    }

    public boolean isRegular() {
        return type == FileType.REGULAR;
    }

    public boolean isSymbolicLink() {
        return type == FileType.SYMBOLIC_LINK;
    }
}
