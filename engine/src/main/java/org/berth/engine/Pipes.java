package org.berth.engine;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** Pipes for standard input (pipe(7), fifo(7)). */
final class Pipes {
    private static final int AT_FDCWD = -100;
    private static final long O_RDWR = 2;
    private static final long O_CLOEXEC = 0x80000;
    private static final long S_IFIFO = 0010000;

    private Pipes() {}

    /** @param output closing it is the reader's end of file */
    record Pipe(Descriptor reader, OutputStream output) implements AutoCloseable {
        @Override
        public void close() {
            reader.close();
            Run.closeQuietly(output);
        }
    }

    /** A pipe whose reader sees the end once the output is closed, or this daemon has gone. */
    static Pipe pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(8, 4);
            SystemCalls.call("make a pipe", SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC);
            Descriptor reader = new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0));
            try (Descriptor writer = new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1))) {
                return new Pipe(reader, output(Path.of(writer.path())));
            } catch (RuntimeException e) {
                reader.close();
                throw e;
            }
        }
    }

    /**
     * A pipe with a name that never ends: its reader also holds a writing end, so that it outlives
     * this daemon. Made when it is missing.
     */
    static Descriptor lasting(Path fifo) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = SystemCalls.text(arena, fifo.toString());
            long made = SystemCalls.attempt(SystemCallNumber.MKNOD, name.address(), S_IFIFO | 0600, 0);
            if (made < 0 && made != -Errno.EEXIST) {
                throw new SystemCallException("make the pipe " + fifo, (int) -made);
            }
            return new Descriptor((int) SystemCalls.call(
                    "open " + fifo, SystemCallNumber.OPENAT, AT_FDCWD, name.address(), O_RDWR | O_CLOEXEC, 0));
        }
    }

    /** Writes to a pipe with a name, whether anyone reads it or not. */
    static OutputStream intoLasting(Path fifo) {
        try (Descriptor held = lasting(fifo)) {
            return output(Path.of(held.path()));
        }
    }

    /** Writes to a pipe by its name; the JDK's own stream, because it gives up the carrier thread while it blocks. */
    private static OutputStream output(Path pipe) {
        try {
            return new FileOutputStream(pipe.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("open " + pipe + ": " + e.getMessage(), e);
        }
    }
}
