package org.berth.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file read while another thread writes it: reading waits until there is more, or the writer says how it ended. The file may
 * be renamed meanwhile.
 */
public final class GrowingFile extends InputStream {
    private final FileChannel channel;
    private long written;
    private boolean whole;
    private @Nullable IOException failure;

    /** @param written bytes that are there already */
    GrowingFile(Path file, long written) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.written = written;
    }

    /** The writer has written so many bytes by now. */
    public synchronized void grown(long bytes) {
        written = Math.max(written, bytes);
        notifyAll();
    }

    /** The writer is done, and what it wrote is what was expected. */
    public synchronized void end() {
        whole = true;
        notifyAll();
    }

    /** The writer broke off. */
    public synchronized void fail(IOException why) {
        failure = why;
        notifyAll();
    }

    /** Waits until the writer is done. @throws IOException when it broke off */
    public synchronized void awaitEnd() throws IOException {
        awaitMore(Long.MAX_VALUE);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        long there = awaitMore(channel.position());
        int count = (int) Math.min(length, there - channel.position());
        return count == 0 ? -1 : channel.read(ByteBuffer.wrap(buffer, offset, count));
    }

    /** Waits until there is more than this. @return bytes that are there; no more than this at the end */
    private synchronized long awaitMore(long than) throws IOException {
        try {
            while (written <= than && !whole && failure == null) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (failure != null) {
            throw new IOException(failure);
        }
        return written;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
