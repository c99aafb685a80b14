package org.berth.server.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.Streams;
import org.berth.server.http.HijackedStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects a client's hijacked connection with the standard streams of a process, until its output ends. */
final class StreamBridge {
    private static final Logger LOG = LoggerFactory.getLogger(StreamBridge.class);
    private static final int BUFFER_BYTES = 16 * 1024;

    private StreamBridge() {}

    /** Which streams a client wants. */
    record Wanted(boolean input, boolean output, boolean error) {}

    /** Copies until the process's output has ended or the client doesn't take it; closes both. */
    static void run(Streams streams, HijackedStream client, Wanted wanted) {
        Thread.ofVirtual().name("stdin").start(() -> copyInput(client, streams, wanted));
        try (client;
                streams) {
            copyOutput(streams, client, wanted);
        } catch (IOException e) {
            LOG.debug("the client went away", e);
        }
    }

    private static void copyOutput(Streams streams, HijackedStream client, Wanted wanted) throws IOException {
        OutputFrames frames = new OutputFrames(client.output(), streams.terminal(), false);
        for (Optional<Frame> next = streams.next(); next.isPresent(); next = streams.next()) {
            if (next.get().stream() == 2 ? wanted.error() : wanted.output()) {
                frames.write(next.get());
            }
        }
    }

    /** Reads to the client's end in any case: only so is it known that nothing unread is thrown away. */
    private static void copyInput(HijackedStream client, Streams streams, Wanted wanted) {
        byte[] buffer = new byte[BUFFER_BYTES];
        boolean forward = wanted.input();
        try (InputStream from = client.input()) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                forward = forward && forwarded(streams, buffer, count);
            }
        } catch (IOException e) {
            LOG.debug("the client's side broke off", e);
        }
        // a terminal's client that goes has detached: its shell lives on
        if (wanted.input() && !streams.terminal()) {
            close(streams);
        }
    }

    private static boolean forwarded(Streams streams, byte[] buffer, int count) {
        try {
            OutputStream to = streams.input();
            to.write(buffer, 0, count);
            to.flush();
            return true;
        } catch (IOException e) {
            LOG.debug("the process takes no more input", e);
            return false;
        }
    }

    private static void close(Streams streams) {
        try {
            streams.input().close();
        } catch (IOException e) {
            LOG.debug("standard input was closed already", e);
        }
    }
}
