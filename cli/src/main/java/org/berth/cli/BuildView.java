package org.berth.cli;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A {@link BuildPicture} drawn in place, a few times a second whatever the rate of the records. */
final class BuildView implements View {
    private static final int REDRAW_MILLIS = 120;
    private static final int ROWS_MAX = 5000;
    private static final String ERASE_BELOW = "\u001b[J";
    /** Rows that are wider than was thought are cut by the terminal, and don't take two (DECAWM). */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final Screen screen;
    private final Palette palette = Palette.choose();
    private final BuildPicture picture;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private int drawn;
    private boolean closed;

    BuildView(Screen screen, String subject) {
        this.screen = screen;
        this.picture = new BuildPicture(subject, System.nanoTime());
        clock.scheduleAtFixedRate(this::redraw, REDRAW_MILLIS, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void show(JsonNode event) {
        if (!closed) {
            picture.take(event, System.nanoTime());
        }
    }

    /** Draws all of it once more, and nothing afterwards. Also what Ctrl-C ends with. */
    @Override
    public void close() {
        clock.shutdownNow();
        synchronized (this) {
            if (closed) {
                return;
            }
            picture.end(System.nanoTime());
            draw(ROWS_MAX);
            closed = true;
        }
        screen.close();
    }

    private synchronized void redraw() {
        if (!closed) {
            draw(screen.rows() - 1);
        }
    }

    private void draw(int rowsMax) {
        List<String> rows = picture.rows(System.nanoTime(), screen.columns(), rowsMax, palette);
        StringBuilder text = new StringBuilder(NO_WRAP);
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append('A');
        }
        text.append('\r').append(ERASE_BELOW);
        rows.forEach(row -> text.append(row).append('\n'));
        screen.write(text.append(WRAP).toString());
        drawn = rows.size();
    }
}
