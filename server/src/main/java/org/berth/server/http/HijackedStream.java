package org.berth.server.http;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;

/** A connection as raw bytes in both directions; each may end before the other. */
public final class HijackedStream implements Closeable {
    private final RawConnection connection;

    HijackedStream(RawConnection connection) {
        this.connection = connection;
    }

    /** What the client sends; one reader, which should read to the end. */
    public InputStream input() {
        return connection.input();
    }

    /** What the client gets; each write is sent at once. */
    public OutputStream output() {
        return connection.output();
    }

    /** Ends our direction, waits a bounded while for the client's end, closes. */
    @Override
    public void close() {
        connection.finish();
    }
}
