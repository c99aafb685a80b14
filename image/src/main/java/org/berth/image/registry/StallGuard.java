package org.berth.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A stream that ends with an error when nothing comes for too long; the one below would wait for ever. */
final class StallGuard extends FilterInputStream {
    private final Duration limit;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long reads;
    private volatile boolean stalled;

    StallGuard(InputStream in, Duration limit) {
        super(in);
        this.limit = limit;
        Thread.ofVirtual().name("stall guard").start(this::watch);
    }

    /** Nothing came for too long. */
    static final class StalledException extends IOException {
        StalledException(Duration limit, IOException cause) {
            super("nothing came for " + limit.toSeconds() + " s", cause);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            int count = in.read(buffer, offset, length);
            reads = reads + 1; // by the one reader
            return count;
        } catch (IOException e) {
            throw stalled ? new StalledException(limit, e) : e;
        }
    }

    @Override
    public long skip(long count) throws IOException {
        return count <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(count, 65_536)]));
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        super.close();
    }

    private void watch() {
        try {
            long seen = -1;
            while (seen != reads) {
                seen = reads;
                if (closed.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
            stalled = true;
            in.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // the reader gets an error of its own
        }
    }
}
