package org.berth.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * The master side of a terminal (pty(7)): what is typed goes in here, and its size is set. What the
 * program prints comes by the log like any output: the monitor reads the master.
 *
 * <p>The descriptor is closed under a lock that every use shares, so that its number is never used
 * once it may be another file's. A write that blocks ends with EIO when the program has gone.
 */
final class Terminal implements AutoCloseable {
    private static final long TIOCSWINSZ = 0x5414;
    private static final int SIZE_MAX = 65_535;
    private static final int PIECE_BYTES = 1024;

    /** A write may block for as long as the program does not read: on threads that end when idle. */
    private static final ExecutorService WRITERS = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("engine-terminal-", 0).factory());

    private final Descriptor master;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Terminal(Descriptor master) {
        this.master = master;
    }

    /** Sets the window's size; the program gets SIGWINCH. Nothing when it is closed. */
    void resize(int rows, int columns) {
        lock.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                return;
            }
            MemorySegment size = arena.allocate(8, 2);
            size.setAtIndex(ValueLayout.JAVA_SHORT, 0, (short) Math.clamp(rows, 0, SIZE_MAX));
            size.setAtIndex(ValueLayout.JAVA_SHORT, 1, (short) Math.clamp(columns, 0, SIZE_MAX));
            SystemCalls.call(
                    "set the terminal's size", SystemCallNumber.IOCTL, master.number(), TIOCSWINSZ, size.address());
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Writes to it. Closing the stream hangs up nothing: a terminal's input has no end but what is typed. */
    OutputStream input() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
                await(() -> writeAll(copy));
            }
        };
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            closed = true;
            master.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static void await(Runnable write) throws IOException {
        try {
            WRITERS.submit(write).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while writing to the terminal", e);
        } catch (ExecutionException e) {
            throw new IOException("write to the terminal: " + e.getMessage(), e);
        }
    }

    private void writeAll(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(PIECE_BYTES);
            int done = 0;
            while (done < bytes.length) {
                int piece = Math.min(PIECE_BYTES, bytes.length - done);
                MemorySegment.copy(bytes, done, buffer, ValueLayout.JAVA_BYTE, 0, piece);
                done += writePiece(buffer, piece);
            }
        }
    }

    private int writePiece(MemorySegment buffer, int length) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new SystemCallException("write to the terminal", Errno.EIO);
            }
            return (int) SystemCalls.call(
                    "write to the terminal", SystemCallNumber.WRITE, master.number(), buffer.address(), length);
        } finally {
            lock.readLock().unlock();
        }
    }
}
