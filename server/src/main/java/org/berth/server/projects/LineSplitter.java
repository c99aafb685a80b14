package org.berth.server.projects;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Consumer;
import org.berth.engine.Containers.Frame;

/** Makes lines of a container's output; a line's time is that of its first piece. */
final class LineSplitter {
    /** A line that is longer comes in pieces. */
    private static final int LINE_BYTES_MAX = 64 * 1024;

    private static final int STREAMS = 3;

    private final Pending[] pending = new Pending[STREAMS];
    private final Consumer<Line> sink;

    LineSplitter(Consumer<Line> sink) {
        this.sink = sink;
        for (int stream = 0; stream < STREAMS; stream++) {
            pending[stream] = new Pending();
        }
    }

    /** A line without its end. */
    record Line(int stream, Instant time, String text) {}

    private static final class Pending {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Instant time = Instant.EPOCH;
    }

    void accept(Frame frame) {
        Pending line = pending[frame.stream()];
        for (byte value : frame.bytes()) {
            if (line.bytes.size() == 0) {
                line.time = frame.time();
            }
            if (value == '\n') {
                emit(frame.stream());
                continue;
            }
            line.bytes.write(value);
            if (line.bytes.size() >= LINE_BYTES_MAX) {
                emit(frame.stream());
            }
        }
    }

    /** Passes on what has no end yet. */
    void finish() {
        for (int stream = 0; stream < STREAMS; stream++) {
            if (pending[stream].bytes.size() > 0) {
                emit(stream);
            }
        }
    }

    private void emit(int stream) {
        Pending line = pending[stream];
        String text = line.bytes.toString(StandardCharsets.UTF_8);
        line.bytes.reset();
        sink.accept(new Line(stream, line.time, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text));
    }
}
