package org.berth.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * The body of a reply that goes on for a while, in chunks (RFC 9112, 7.1). A write after the client
 * has gone throws; {@link #gone()} tells it to who has nothing to write.
 */
public final class LiveStream extends OutputStream {
    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final RawConnection connection;
    private final OutputStream raw;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    LiveStream(RawConnection connection) {
        this.connection = connection;
        this.raw = connection.output();
        Thread.ofVirtual().name("client-watch").start(this::watch);
    }

    /** Completes when the client has closed its side, or the stream has ended. */
    public CompletableFuture<Void> gone() {
        return gone;
    }

    private void watch() {
        byte[] ignored = new byte[1024];
        try (InputStream input = connection.input()) {
            while (input.read(ignored) >= 0) {
                // a client has nothing more to say on this connection
            }
        } catch (IOException e) {
            // gone, too
        }
        gone.complete(null);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    /** Sends one chunk at once. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return; // an empty chunk would end the body
        }
        byte[] head = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = new byte[head.length + length + 2];
        System.arraycopy(head, 0, chunk, 0, head.length);
        System.arraycopy(bytes, offset, chunk, head.length, length);
        chunk[chunk.length - 2] = '\r';
        chunk[chunk.length - 1] = '\n';
        raw.write(chunk);
    }

    /** Ends the body and the connection. */
    @Override
    public void close() {
        try {
            raw.write(END);
            connection.finish();
        } catch (IOException e) {
            connection.abort();
        }
        gone.complete(null);
    }

    /** Ends the connection without an end of the body, so that the client sees that it is cut. */
    public void abort() {
        connection.abort();
        gone.complete(null);
    }
}
