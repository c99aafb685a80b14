package org.berth.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.berth.linux.Descriptor;

/**
 * One run of a container's or an exec's process, from before its start to its end: what clients that
 * attach to it, even before it starts, hold on to.
 */
final class Run {
    private final CompletableFuture<Optional<OutputStream>> input = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Optional<Terminal> terminal = Optional.empty();
    private Optional<Size> size = Optional.empty();

    private record Size(int rows, int columns) {}

    /**
     * It has started.
     *
     * @param pipe where its input goes in; empty when it reads none, or a terminal
     * @param master its terminal
     */
    synchronized void started(Optional<OutputStream> pipe, Optional<Descriptor> master) {
        terminal = master.map(Terminal::new);
        size.ifPresent(wanted -> terminal.ifPresent(each -> each.resize(wanted.rows(), wanted.columns())));
        input.complete(terminal.map(Terminal::input).or(() -> pipe));
    }

    /** It is over, or will not be. All its output is in the log by now. */
    synchronized void end() {
        ended.complete(null);
        input.complete(Optional.empty());
        input.join().ifPresent(Run::closeQuietly);
        terminal.ifPresent(Terminal::close);
        terminal = Optional.empty();
    }

    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Where its input goes in, once it has started. */
    CompletableFuture<Optional<OutputStream>> input() {
        return input;
    }

    /** Sets the terminal's size, now or when it starts. */
    synchronized void resize(int rows, int columns) {
        size = Optional.of(new Size(rows, columns));
        terminal.ifPresent(each -> each.resize(rows, columns));
    }

    static void closeQuietly(OutputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // the reader has gone
        }
    }
}
