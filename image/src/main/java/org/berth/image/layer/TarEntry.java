package org.berth.image.layer;

import java.time.Instant;
import java.util.SortedMap;

/**
 * One entry of a tar stream, as its header and extended headers describe it.
 *
 * @param name path as written; bytes that are not UTF-8 as {@link org.berth.linux.path.FileNames} escapes them
 * @param mode permission bits with set-uid, set-gid and sticky
 * @param size bytes of content that follow; 0 for all but files
 * @param link target of a symbolic link, or the path of the entry that a hard link shares
 * @param major device number, 0 for all but devices
 * @param attributes extended attributes (xattr(7)) by name, raw bytes
 */
public record TarEntry(
        String name,
        Kind kind,
        int mode,
        long uid,
        long gid,
        long size,
        Instant modified,
        String link,
        int major,
        int minor,
        SortedMap<String, byte[]> attributes) {

    /** What an entry is, with its type flag (POSIX.1-2017, pax, "ustar Interchange Format"). */
    public enum Kind {
        FILE('0'),
        HARD_LINK('1'),
        SYMBOLIC_LINK('2'),
        CHARACTER_DEVICE('3'),
        BLOCK_DEVICE('4'),
        FOLDER('5'),
        FIFO('6');

        private final char flag;

        Kind(char flag) {
            this.flag = flag;
        }

        char flag() {
            return flag;
        }
    }
}
