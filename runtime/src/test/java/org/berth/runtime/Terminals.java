package org.berth.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** Types on a terminal. */
final class Terminals {
    private Terminals() {}

    /** Opens a file to read, as a descriptor. */
    static Descriptor open(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, file.toString()).address();
            return new Descriptor((int) SystemCalls.call("open " + file, SystemCallNumber.OPEN, path, 0x80000));
        }
    }

    static void write(Descriptor master, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            SystemCalls.call("type", SystemCallNumber.WRITE, master.number(), segment.address(), bytes.length);
        }
    }
}
