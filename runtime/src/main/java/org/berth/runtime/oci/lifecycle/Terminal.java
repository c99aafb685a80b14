package org.berth.runtime.oci.lifecycle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * The master side of a container's terminal, in the hands of a command: it is sent to a console socket, or
 * copied from and to the command's own standard input and output.
 */
final class Terminal implements AutoCloseable {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final int COPY_SIZE = 8192;
    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int TERMIOS_SIZE = 60;

    /** c_iflag: what cfmakeraw(3) takes away: IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON. */
    private static final int INPUT_COOKED = 0x5eb;

    private static final int OUTPUT_COOKED = 1; // OPOST
    private static final int CONTROL_COOKED = 0x130; // CSIZE, PARENB
    private static final int CONTROL_EIGHT_BITS = 0x30;
    private static final int LOCAL_COOKED = 0x804b; // ECHO ECHONL ICANON ISIG IEXTEN

    private final Descriptor master;
    private byte[] cooked = new byte[0];

    Terminal(Descriptor master) {
        this.master = master;
    }

    /** Sends the master to whoever listens; that one has the terminal from then on. */
    void sendTo(Path socket, String name) {
        Kernel.send("console socket " + socket, socket, name.getBytes(StandardCharsets.UTF_8), master);
    }

    /** Copies until the container has no more to say; the container's size and modes follow ours. */
    Thread relay() {
        copySize();
        makeRaw();
        Thread.ofPlatform().daemon().name("terminal input").start(() -> copy(new Descriptor(STANDARD_INPUT), master));
        return Thread.ofPlatform()
                .daemon()
                .name("terminal output")
                .start(() -> copy(master, new Descriptor(STANDARD_OUTPUT)));
    }

    /** A terminal's master ends with EIO when nobody holds its other side: that reads as an end. */
    private static void copy(Descriptor from, Descriptor to) {
        byte[] content = Kernel.read(from, COPY_SIZE);
        while (content.length > 0 && Kernel.write(to, content)) {
            content = Kernel.read(from, COPY_SIZE);
        }
    }

    /** The size of our terminal becomes the container's. */
    void copySize() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(8, 8);
            if (control(STANDARD_INPUT, TIOCGWINSZ, size) == 0) {
                control(master.number(), TIOCSWINSZ, size);
            }
        }
    }

    /** Our terminal hands every byte on: the container's does the editing. */
    private void makeRaw() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment modes = arena.allocate(TERMIOS_SIZE, 8);
            if (control(STANDARD_INPUT, TCGETS, modes) != 0) {
                return; // not a terminal
            }
            cooked = modes.toArray(ValueLayout.JAVA_BYTE);
            clear(modes, 0, INPUT_COOKED);
            clear(modes, 4, OUTPUT_COOKED);
            clear(modes, 8, CONTROL_COOKED);
            modes.set(ValueLayout.JAVA_INT, 8, modes.get(ValueLayout.JAVA_INT, 8) | CONTROL_EIGHT_BITS);
            clear(modes, 12, LOCAL_COOKED);
            control(STANDARD_INPUT, TCSETS, modes);
        }
    }

    private static void clear(MemorySegment modes, int offset, int flags) {
        modes.set(ValueLayout.JAVA_INT, offset, modes.get(ValueLayout.JAVA_INT, offset) & ~flags);
    }

    private static long control(int descriptor, int request, MemorySegment argument) {
        return SystemCalls.attempt(SystemCallNumber.IOCTL, descriptor, request, argument.address());
    }

    /** Gives our terminal its modes back. */
    @Override
    public void close() {
        if (cooked.length > 0) {
            try (Arena arena = Arena.ofConfined()) {
                control(STANDARD_INPUT, TCSETS, arena.allocateFrom(ValueLayout.JAVA_BYTE, cooked));
            }
        }
        master.close();
    }
}
