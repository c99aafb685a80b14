package org.berth.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The terminal: its size, raw mode, and text drawn over. Made only where one is needed. */
final class Screen implements AutoCloseable {
    private static final int COLUMNS_ASSUMED = 80;
    private static final int ROWS_ASSUMED = 24;

    private final Terminal terminal;
    private final PrintStream out = new PrintStream(System.err, false, StandardCharsets.UTF_8);
    private final AtomicReference<Size> last;

    Screen() {
        try {
            terminal = TerminalBuilder.builder()
                    .system(true)
                    .provider("ffm")
                    .nativeSignals(true)
                    .signalHandler(Terminal.SignalHandler.SIG_DFL)
                    .build();
            last = new AtomicReference<>(terminal.getSize());
        } catch (IOException e) {
            throw new UncheckedIOException("open the terminal: " + e.getMessage(), e);
        }
    }

    /** Whether a person sits at standard input and output, with a terminal that can be drawn on. */
    static boolean interactive() {
        Console console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }

    /** Whether colours are wanted (no-color.org). */
    static boolean colours() {
        String refused = System.getenv("NO_COLOR");
        return interactive() && (refused == null || refused.isEmpty());
    }

    int columns() {
        int columns = size().getColumns();
        return columns > 0 ? columns : COLUMNS_ASSUMED;
    }

    int rows() {
        int rows = size().getRows();
        return rows > 0 ? rows : ROWS_ASSUMED;
    }

    /** Its size now; once it is closed, which the end of this process does before all else, the last that was known. */
    Size size() {
        try {
            last.set(terminal.getSize());
        } catch (IllegalStateException e) {
            // it is closed
        }
        return Objects.requireNonNull(last.get());
    }

    /** Calls back whenever the window's size changes. */
    void onResize(Runnable action) {
        terminal.handle(Terminal.Signal.WINCH, signal -> action.run());
    }

    /** Every key goes through as it is (cfmakeraw, termios(3)); returns what restores the mode. */
    Runnable raw() {
        Attributes before = terminal.enterRawMode();
        Attributes raw = new Attributes(terminal.getAttributes());
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
        terminal.setAttributes(raw);
        return () -> terminal.setAttributes(before);
    }

    /** Writes and shows at once. */
    void write(String text) {
        out.print(text);
        out.flush();
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            // the terminal is gone: nothing to restore
        }
    }
}
