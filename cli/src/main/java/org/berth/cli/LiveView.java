package org.berth.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Progress drawn in place: each subject with its latest step and the time it has taken, services
 * with their replicas. Redrawn a few times a second, whatever the rate of the records.
 */
final class LiveView implements View {
    private static final int REDRAW_MILLIS = 120;
    private static final int LINES_MAX = 200;
    private static final String ERASE_BELOW = "\u001b[J";

    private final Screen screen;
    private final Palette palette = Palette.choose();
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private int drawn;
    private boolean closed;

    LiveView(Screen screen) {
        this.screen = screen;
        clock.scheduleAtFixedRate(this::draw, REDRAW_MILLIS, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void show(JsonNode event) {
        switch (event.path("type").asString("")) {
            case "progress" -> progress(event);
            case "output" ->
                line(event.path("subject").asString("")).detail =
                        event.path("text").asString("");
            case "service" -> service(event);
            case "warning" -> warnings.add(event.path("message").asString(""));
            default -> {
                // a record of a newer daemon: nothing to show
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        synchronized (this) {
            if (closed) {
                return;
            }
            lines.values().forEach(line -> line.detail = "");
            draw();
            closed = true;
        }
        screen.close();
    }

    private void progress(JsonNode event) {
        Line line = line(event.path("subject").asString(""));
        String id = event.path("id").asString("");
        String status = event.path("status").asString("");
        if ("build".equals(event.path("phase").asString("")) && "done".equals(status)) {
            return; // the step that was done is of more interest than that it is
        }
        long total = event.path("total").asLong(0);
        long current = event.path("current").asLong(0);
        line.status = (id.isEmpty() ? "" : id + " ")
                + status
                + (total > 0 ? " " + Math.min(100, 100 * current / total) + " %" : "");
        line.detail = "";
        line.ends("stopped".equals(status));
    }

    private void service(JsonNode event) {
        Line line = line(event.path("service").asString(""));
        line.status = Words.service(event);
        line.detail = "";
        String state = event.path("state").asString("");
        line.ends("ready".equals(state) || "done".equals(state));
        line.failed = "failed".equals(state);
    }

    private Line line(String subject) {
        if (lines.size() >= LINES_MAX && !lines.containsKey(subject)) {
            lines.remove(lines.keySet().iterator().next());
        }
        return lines.computeIfAbsent(subject, key -> new Line());
    }

    private synchronized void draw() {
        if (closed) {
            return;
        }
        int columns = screen.columns();
        int room = screen.rows() - 1;
        List<String> picture = new ArrayList<>();
        warnings.forEach(warning -> picture.add(palette.yellow(Words.fit("! " + warning, columns - 1))));
        lines.forEach((subject, line) -> picture.addAll(line.draw(subject, columns, palette)));
        List<String> shown = picture.subList(Math.max(0, picture.size() - room), picture.size());
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append('A');
        }
        text.append('\r').append(ERASE_BELOW);
        shown.forEach(row -> text.append(row).append('\n'));
        screen.write(text.toString());
        drawn = shown.size();
    }

    /** What is known of one subject. */
    private static final class Line {
        private final long started = System.nanoTime();
        private long ended;
        private String status = "";
        private String detail = "";
        private boolean done;
        private boolean failed;

        void ends(boolean now) {
            if (now && !done) {
                ended = System.nanoTime();
            }
            done = now;
        }

        List<String> draw(String subject, int columns, Palette palette) {
            String mark = done ? palette.green("✔") : failed ? palette.red("✘") : palette.blue("●");
            String time = Words.span(((done ? ended : System.nanoTime()) - started) / 1_000_000_000L);
            int room = Math.max(10, columns - 6 - time.length());
            String text = Words.fit(String.format("%-10s %s", subject, status), room);
            String padding = " ".repeat(Math.max(1, room - text.length()));
            List<String> rows = new ArrayList<>();
            rows.add(" " + mark + " " + text + padding + palette.grey(time));
            if (!detail.isEmpty()) {
                rows.add(palette.grey("   │ " + Words.fit(detail, columns - 7)));
            }
            return rows;
        }
    }
}
