package org.berth.linux.path;

/** Flags of open(2), openat2(2) and the *at calls, as x86-64 Linux numbers them. */
final class OpenFlags {
    static final int READ_ONLY = 0;
    static final int WRITE_ONLY = 1;
    static final int READ_WRITE = 2;
    static final int CREATE = 0x40;
    static final int EXCLUSIVE = 0x80;
    static final int NO_TERMINAL = 0x100;
    static final int TRUNCATE = 0x200;
    static final int NO_BLOCKING = 0x800;
    static final int DIRECTORY = 0x10000;
    static final int NO_FOLLOW = 0x20000;
    static final int CLOSE_ON_EXEC = 0x80000;
    static final int PATH = 0x200000;

    static final long RESOLVE_NO_CROSSING = 0x01;
    static final long RESOLVE_NO_MAGIC_LINKS = 0x02;
    static final long RESOLVE_NO_LINKS = 0x04;
    static final long RESOLVE_BENEATH = 0x08;
    static final long RESOLVE_IN_ROOT = 0x10;

    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    private OpenFlags() {}
}
