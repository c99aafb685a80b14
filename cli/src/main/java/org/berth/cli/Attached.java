package org.berth.cli;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import org.berth.base.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * This process's standard streams joined to a container's or an exec's, as the Docker Engine API
 * carries them: raw with a terminal, else in frames of {stream, length, bytes}.
 */
final class Attached {
    private static final int FRAME_BYTES_MAX = 16 * 1024 * 1024;
    private static final int COPY_BYTES = 16 * 1024;

    private final Daemon daemon;
    private final String resizePath;
    private final boolean terminal;
    private final boolean input;

    /**
     * @param resizePath where the terminal's size is told
     * @param terminal whether the other side has a terminal
     * @param input whether our standard input goes there
     */
    Attached(Daemon daemon, String resizePath, boolean terminal, boolean input) {
        this.daemon = daemon;
        this.resizePath = resizePath;
        this.terminal = terminal;
        this.input = input;
    }

    /** A request's body for starting an exec. */
    static ObjectNode execStart(boolean terminal) {
        return Json.MAPPER.createObjectNode().put("Detach", false).put("Tty", terminal);
    }

    /**
     * Copies both ways until the other side ends.
     *
     * @param path what to POST for the streams
     * @param started called once the streams are joined: the moment to start a container
     */
    void run(String path, JsonNode body, Runnable started) {
        try (UnixHttp connection = daemon.upgrade(path, body)) {
            started.run();
            if (terminal) {
                inRawMode(connection);
            } else {
                feed(connection);
                frames(connection.rawInput());
            }
        } catch (IOException e) {
            throw Daemon.unchecked(e);
        }
    }

    private void inRawMode(UnixHttp connection) throws IOException {
        try (Screen screen = new Screen()) {
            Runnable restore = screen.raw();
            try {
                tellSize(screen);
                screen.onResize(() -> tellSize(screen));
                feed(connection);
                copy(connection.rawInput(), System.out);
            } finally {
                restore.run();
            }
        }
    }

    private void tellSize(Screen screen) {
        try {
            daemon.request(
                    "POST",
                    resizePath + "?h=" + screen.size().getRows() + "&w="
                            + screen.size().getColumns());
        } catch (RuntimeException e) {
            // it has ended meanwhile: its size matters no more
        }
    }

    private void feed(UnixHttp connection) {
        if (!input) {
            return;
        }
        Thread.ofVirtual().start(() -> {
            try {
                copy(System.in, connection.rawOutput());
                connection.endOutput();
            } catch (IOException e) {
                // the other side has ended: nothing reads what is typed
            }
        });
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] bytes = new byte[COPY_BYTES];
        for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
            to.write(bytes, 0, count);
            to.flush();
        }
    }

    private static void frames(InputStream stream) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        while (true) {
            int kind = in.read();
            if (kind < 0) {
                return;
            }
            in.skipNBytes(3);
            int length = in.readInt();
            if (length < 0 || length > FRAME_BYTES_MAX) {
                throw new IOException("a frame of " + length + " bytes is no frame of output");
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("the daemon closed the connection");
            }
            PrintStream out = kind == 2 ? System.err : System.out;
            out.write(bytes, 0, length);
            out.flush();
        }
    }
}
