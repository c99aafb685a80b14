package org.berth.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A build as rows of text: the steps that have ended in the order of their end, below them those that run, each with its
 * time and the last lines that it printed. Never more rows than asked for. Pure: times are given.
 */
final class BuildPicture {
    private static final Pattern STEP = Pattern.compile("(?:.* )?\\d+/\\d+");
    private static final String CACHED = " (cached)";
    private static final int STEPS_MAX = 2000;
    private static final int NOTES_MAX = 64;
    private static final int NOTE_ROWS_MAX = 4;
    private static final int LOG_ROWS_MAX = 6;
    private static final int WARNINGS_MAX = 100;
    /** How long a note stays that says nothing new. */
    private static final long NOTE_NANOS = 2_000_000_000L;

    private final String subject;
    private final long started;
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final List<Step> ended = new ArrayList<>();
    private final Map<String, Note> notes = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    BuildPicture(String subject, long now) {
        this.subject = subject;
        this.started = now;
    }

    private enum State {
        RUNNING,
        DONE,
        CACHED,
        FAILED,
        CANCELLED
    }

    private static final class Step {
        private final String id;
        private final long started;
        private final Deque<String> log = new ArrayDeque<>();
        private String text = "";
        private State state = State.RUNNING;
        private long ended;

        Step(String id, long now) {
            this.id = id;
            this.started = now;
        }
    }

    /** Something besides the steps: a layer that is pulled, a cache that is exported. */
    private record Note(String text, boolean unfinished, long told) {}

    /** Takes a record of the build's stream. */
    void take(JsonNode event, long now) {
        String id = event.path("id").asString("");
        switch (event.path("type").asString("")) {
            case "progress" -> {
                String status = event.path("status").asString("");
                if (STEP.matcher(id).matches()) {
                    step(id, status, now);
                } else {
                    note(
                            id,
                            status,
                            event.path("current").asLong(0),
                            event.path("total").asLong(0),
                            now);
                }
            }
            case "output" -> {
                Step step = steps.get(id);
                if (step != null && step.state == State.RUNNING) {
                    if (step.log.size() >= LOG_ROWS_MAX) {
                        step.log.removeFirst();
                    }
                    step.log.addLast(event.path("text").asString(""));
                }
            }
            case "warning" -> {
                if (warnings.size() < WARNINGS_MAX) {
                    warnings.add(event.path("message").asString(""));
                }
            }
            default -> {
                // a record of a newer daemon: nothing to show
            }
        }
    }

    /** What runs now is said to run no more. */
    void end(long now) {
        steps.values().stream()
                .filter(step -> step.state == State.RUNNING)
                .toList()
                .forEach(step -> end(step, State.CANCELLED, now));
        notes.clear();
    }

    private void step(String id, String status, long now) {
        Optional<Step> running = Optional.ofNullable(steps.get(id)).filter(step -> step.state == State.RUNNING);
        switch (status) {
            case "done" -> running.ifPresent(step -> end(step, State.DONE, now));
            case "failed" -> running.ifPresent(step -> end(step, State.FAILED, now));
            default -> {
                Step step = running.orElseGet(() -> begun(id, now));
                boolean cached = status.endsWith(CACHED);
                String text = cached ? status.substring(0, status.length() - CACHED.length()) : status;
                step.text = text.replaceAll("\\s+", " ");
                if (cached) {
                    end(step, State.CACHED, now);
                }
            }
        }
    }

    /** A step that ended may begin again: it was another machine's, and is done here after all. */
    private Step begun(String id, long now) {
        Step step = new Step(id, now);
        ended.removeIf(one -> one.id.equals(id));
        if (steps.size() < STEPS_MAX || steps.containsKey(id)) {
            steps.put(id, step);
        }
        return step;
    }

    private void end(Step step, State state, long now) {
        step.state = state;
        step.ended = now;
        if (state != State.FAILED) {
            step.log.clear();
        }
        ended.add(step);
    }

    private void note(String id, String status, long current, long total, long now) {
        notes.remove(id); // the newest is the last
        if (notes.size() >= NOTES_MAX) {
            notes.remove(notes.keySet().iterator().next());
        }
        boolean measured = total > 0;
        String text = (id.isEmpty() ? "" : id + " ")
                + status
                + (measured ? " " + Math.min(100, 100 * current / total) + " %" : ""); // of bytes, or of pieces
        notes.put(id, new Note(text, measured && current < total, now));
    }

    /**
     * The rows.
     *
     * @param columns each is narrower than that
     * @param rowsMax at least 1
     */
    List<String> rows(long now, int columns, int rowsMax, Palette palette) {
        List<Step> running = steps.values().stream()
                .filter(step -> step.state == State.RUNNING)
                .toList();
        List<String> bottom = new ArrayList<>();
        int room = Math.max(0, rowsMax - 1);
        // of each that runs its own row first, then logs as far as there is room
        int logRows = running.isEmpty() ? 0 : Math.clamp((room - running.size()) / running.size(), 0, LOG_ROWS_MAX);
        for (Step step : running) {
            bottom.add(row(step, now, columns, palette));
            step.log.stream()
                    .skip(Math.max(0, step.log.size() - logRows))
                    .forEach(line -> bottom.add(palette.grey("   │ " + Words.fit(line, columns - 7))));
        }
        notes.values().removeIf(note -> !note.unfinished && now - note.told > NOTE_NANOS);
        notes.values().stream()
                .skip(Math.max(0, notes.size() - NOTE_ROWS_MAX))
                .forEach(note -> bottom.add(palette.grey("   " + Words.fit(note.text, columns - 4))));
        List<String> top = new ArrayList<>();
        warnings.forEach(warning -> top.add(palette.yellow(Words.fit("! " + warning, columns - 1))));
        ended.forEach(step -> {
            top.add(row(step, now, columns, palette));
            step.log.forEach(line -> top.add(palette.grey("   │ " + Words.fit(line, columns - 7))));
        });
        List<String> rows = new ArrayList<>();
        rows.add(head(now, columns, palette));
        List<String> below = bottom.subList(0, Math.min(bottom.size(), room));
        rows.addAll(top.subList(Math.max(0, top.size() - (room - below.size())), top.size()));
        rows.addAll(below);
        return rows;
    }

    private String head(long now, int columns, Palette palette) {
        String counts = "(" + ended.size() + "/" + steps.size() + ")";
        return palette.bold(
                Words.fit("Building " + subject + " " + seconds(now - started) + " " + counts, columns - 1));
    }

    private static String row(Step step, long now, int columns, Palette palette) {
        String mark = switch (step.state) {
            case RUNNING -> palette.blue("●");
            case DONE, CACHED -> palette.green("✔");
            case FAILED -> palette.red("✘");
            case CANCELLED -> palette.grey("–");
        };
        String time = step.state == State.CACHED
                ? "cached"
                : seconds((step.state == State.RUNNING ? now : step.ended) - step.started);
        int room = Math.max(10, columns - 6 - time.length());
        String text = Words.fit("[" + step.id + "] " + step.text, room);
        return " " + mark + " " + text + " ".repeat(Math.max(1, room - text.length())) + palette.grey(time);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1fs", Math.max(0, nanos) / 1e9);
    }
}
