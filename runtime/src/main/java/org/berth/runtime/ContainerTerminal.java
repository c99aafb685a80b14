package org.berth.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;

/** Opens a new terminal of a running container's own devpts, for an exec. */
final class ContainerTerminal {
    private static final int AT_FDCWD = -100;
    private static final int READ_WRITE_NO_CONTROL = 0x80102; // O_RDWR, O_NOCTTY, O_CLOEXEC
    private static final long DEVPTS_SUPER_MAGIC = 0x1cd1;
    private static final int STATFS_SIZE = 120;

    private ContainerTerminal() {}

    /**
     * The master side of a new terminal.
     *
     * @param process the container's first. Its number finds the root, and may be another's by then: its pidfd tells
     */
    static Descriptor open(RunningProcess process) {
        try (InRoot root = InRoot.open(Path.of("/proc", Long.toString(process.pid()), "root"))) {
            if (!process.lives()) {
                throw new BerthException(
                        ErrorCode.NOT_FOUND, "the container is not running: no terminal can be opened");
            }
            return open(root);
        }
    }

    private static Descriptor open(InRoot root) {
        try (OpenFile place = root.place("dev/pts/ptmx", LastLink.KEEP);
                Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATFS_SIZE, 8);
            int number = place.descriptor().number();
            SystemCalls.call("look at /dev/pts of the container", SystemCallNumber.FSTATFS, number, status.address());
            // whatever else lies there is not opened: the opening itself could have an effect
            if (status.get(ValueLayout.JAVA_LONG, 0) != DEVPTS_SUPER_MAGIC) {
                throw new BerthException(
                        ErrorCode.CONFLICT, "the container's /dev/pts is no devpts, no terminal can be opened");
            }
            long path = SystemCalls.text(arena, place.descriptor().path()).address();
            return new Descriptor((int) SystemCalls.call(
                    "open a terminal of the container",
                    SystemCallNumber.OPENAT,
                    AT_FDCWD,
                    path,
                    READ_WRITE_NO_CONTROL,
                    0));
        }
    }
}
