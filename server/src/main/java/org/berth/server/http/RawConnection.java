package org.berth.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;

/**
 * A connection taken over from HTTP: two blocking directions of bytes, each of which ends by
 * itself. Bytes that the client had sent early, right behind its request, are read first.
 */
final class RawConnection extends AbstractConnection implements Connection.UpgradeTo {
    private static final int BUFFER_BYTES = 16 * 1024;

    /** How long a client may take to end its side once we have ended ours. */
    private static final Duration LINGER_MAX = Duration.ofSeconds(5);

    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> inputEnded = new CompletableFuture<>();
    private final ReentrantLock writing = new ReentrantLock();
    private final ByteBuffer buffer = BufferUtil.allocate(BUFFER_BYTES);
    private ByteBuffer early = BufferUtil.EMPTY_BUFFER;

    RawConnection(EndPoint endPoint) {
        super(endPoint, Runnable::run);
    }

    @Override
    public void onUpgradeTo(ByteBuffer prefilled) {
        early = prefilled;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().setIdleTimeout(-1);
        opened.complete(null);
    }

    @Override
    public void onFillable() {
        throw new IllegalStateException("reads of a raw connection wait by a callback of their own");
    }

    /** Waits until HTTP has let go of the connection. */
    void awaitOpen() throws IOException {
        try {
            opened.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the connection could not be taken over", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** What the client sends; one reader. */
    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return length == 0 ? 0 : receive(target, offset, length);
            }
        };
    }

    /** What the client gets; each write is sent at once, whole. */
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                send(ByteBuffer.wrap(new byte[] {(byte) value}));
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                send(ByteBuffer.wrap(source, offset, length));
            }
        };
    }

    private int receive(byte[] target, int offset, int length) throws IOException {
        if (early.hasRemaining()) {
            return take(early, target, offset, length);
        }
        while (!buffer.hasRemaining()) {
            BufferUtil.clear(buffer);
            int filled = fill();
            if (filled < 0) {
                inputEnded.complete(null);
                return -1;
            }
            if (filled == 0) {
                awaitFillable();
            }
        }
        return take(buffer, target, offset, length);
    }

    private int fill() throws IOException {
        try {
            return getEndPoint().fill(buffer);
        } catch (IOException e) {
            inputEnded.complete(null);
            throw e;
        }
    }

    private void awaitFillable() throws IOException {
        try (Blocker.Callback callback = Blocker.callback()) {
            fillInterested(callback);
            callback.block();
        } catch (IOException e) {
            inputEnded.complete(null);
            throw e;
        }
    }

    private static int take(ByteBuffer source, byte[] target, int offset, int length) {
        int count = Math.min(length, source.remaining());
        source.get(target, offset, count);
        return count;
    }

    private void send(ByteBuffer bytes) throws IOException {
        writing.lock();
        try (Blocker.Callback callback = Blocker.callback()) {
            getEndPoint().write(callback, bytes);
            callback.block();
        } finally {
            writing.unlock();
        }
    }

    /**
     * Ends our direction, lets a reader see the client's end for a while, then closes. A close with
     * unread bytes would make the client see "connection reset" before our last bytes (unix(7)).
     */
    void finish() {
        getEndPoint().shutdownOutput();
        try {
            inputEnded.get(LINGER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // the client neither reads nor goes: it is closed on
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        getEndPoint().close();
    }

    /** Closes both directions at once. */
    void abort() {
        getEndPoint().close();
    }
}
