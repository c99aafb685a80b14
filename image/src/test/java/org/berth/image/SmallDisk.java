package org.berth.image;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** A file system in memory, of a size that can be changed; gone when it is closed. */
final class SmallDisk implements AutoCloseable {
    private static final int REMOUNT = 0x20; // MS_REMOUNT
    private static final int DETACH = 2; // MNT_DETACH

    private final Path folder;

    /** Mounts it on a folder that is there. */
    SmallDisk(Path folder, long bytes) {
        this.folder = folder;
        mount(0, bytes);
    }

    /** Gives it another size. */
    void resize(long bytes) {
        mount(REMOUNT, bytes);
    }

    private void mount(int flags, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            long tmpfs = SystemCalls.text(arena, "tmpfs").address();
            long target = SystemCalls.text(arena, folder.toString()).address();
            long size = SystemCalls.text(arena, "size=" + bytes).address();
            SystemCalls.call("mount a small disk", SystemCallNumber.MOUNT, tmpfs, target, tmpfs, flags, size);
        }
    }

    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            long target = SystemCalls.text(arena, folder.toString()).address();
            SystemCalls.call("unmount", SystemCallNumber.UMOUNT2, target, DETACH);
        }
    }
}
