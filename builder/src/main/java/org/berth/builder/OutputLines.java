package org.berth.builder;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Output in pieces made into lines, each told at once; the last ones are kept. */
final class OutputLines {
    private static final int KEPT_MAX = 40;
    private static final int LINE_BYTES_MAX = 16 * 1024;

    private final Consumer<String> sink;
    private final Deque<String> kept = new ArrayDeque<>();
    private final Map<Integer, ByteArrayOutputStream> partial = new HashMap<>();

    OutputLines(Consumer<String> sink) {
        this.sink = sink;
    }

    /** Takes a piece of one of the streams. */
    void accept(int stream, byte[] bytes) {
        ByteArrayOutputStream line = partial.computeIfAbsent(stream, _ -> new ByteArrayOutputStream());
        for (byte one : bytes) {
            if (one == '\n' || one == '\r' || line.size() >= LINE_BYTES_MAX) {
                end(line);
            }
            if (one != '\n' && one != '\r') {
                line.write(one);
            }
        }
    }

    /** Ends lines that have no newline. */
    void finish() {
        partial.values().forEach(this::end);
    }

    /** The last lines. */
    List<String> last() {
        return List.copyOf(kept);
    }

    private void end(ByteArrayOutputStream line) {
        if (line.size() == 0) {
            return;
        }
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (kept.size() >= KEPT_MAX) {
            kept.removeFirst();
        }
        kept.addLast(text);
        sink.accept(text);
    }
}
