package org.berth.engine;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Gives back the disk under what was read of an exec's output (fallocate(2), a hole from the
 * beginning), so that a long stream through it needs as much disk as its reader is behind. For one
 * reader's thread.
 */
final class ReadBehind {
    private static final long STEP_BYTES = 4 << 20;
    private static final int AT_FDCWD = -100;
    private static final long O_WRONLY_CLOEXEC = 0x80001;
    private static final long PUNCH_HOLE_KEEP_SIZE = 3;

    private final Path log;
    private long released;

    ReadBehind(Path log) {
        this.log = log;
    }

    void readTo(long offset) {
        if (offset - released < STEP_BYTES) {
            return;
        }
        released = offset;
        try (Arena arena = Arena.ofConfined()) {
            long opened = SystemCalls.attempt(
                    SystemCallNumber.OPENAT,
                    AT_FDCWD,
                    SystemCalls.text(arena, log.toString()).address(),
                    O_WRONLY_CLOEXEC,
                    0);
            if (opened >= 0) { // else it has ended, and its log is gone
                try (Descriptor file = new Descriptor((int) opened)) {
                    // a file system without holes keeps it until the end
                    SystemCalls.attempt(SystemCallNumber.FALLOCATE, file.number(), PUNCH_HOLE_KEEP_SIZE, 0, offset);
                }
            }
        }
    }
}
