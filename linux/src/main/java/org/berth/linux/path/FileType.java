package org.berth.linux.path;

/** The kinds of file (inode(7)). */
public enum FileType {
    REGULAR(0100000, 8),
    FOLDER(0040000, 4),
    SYMBOLIC_LINK(0120000, 10),
    CHARACTER_DEVICE(0020000, 2),
    BLOCK_DEVICE(0060000, 6),
    FIFO(0010000, 1),
    SOCKET(0140000, 12);

    private static final int FORMAT_MASK = 0170000;

    private final int format;
    private final int entry;

    FileType(int format, int entry) {
        this.format = format;
        this.entry = entry;
    }

    /** The type's bits of {@code st_mode}: {@code S_IFREG} and so on. */
    public int format() {
        return format;
    }

    /** The type in a {@code st_mode}. */
    static FileType ofMode(int mode) {
        for (FileType type : values()) {
            if (type.format == (mode & FORMAT_MASK)) {
                return type;
            }
        }
        throw new IllegalStateException("a file of an unknown type: mode " + Integer.toOctalString(mode));
    }

    /** Whether {@code d_type} of a folder's entry (getdents64(2)) is this type. */
    boolean isEntry(int directoryType) {
        return entry == directoryType;
    }
}
