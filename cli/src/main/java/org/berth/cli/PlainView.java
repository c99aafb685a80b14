package org.berth.cli;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A line for each change of status, for logs and pipes: no counters, nothing drawn over. */
final class PlainView implements View {
    private static final int REMEMBERED_MAX = 10_000;
    private static final Pattern RETRY = Pattern.compile(", tried again in [0-9]+ s$");

    private final PrintStream out;
    private final Map<String, String> last = new HashMap<>();

    PlainView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void show(JsonNode event) {
        String type = event.path("type").asString("");
        switch (type) {
            case "progress" -> progress(event);
            case "output" ->
                out.println((subject(event) + " " + event.path("id").asString("")).strip() + " | "
                        + event.path("text").asString(""));
            case "service" -> changed("service " + event.path("service").asString(""), Words.service(event));
            case "warning" -> out.println("warning: " + event.path("message").asString(""));
            default -> {
                // a record of a newer daemon: nothing to show
            }
        }
    }

    @Override
    public void close() {
        out.flush();
    }

    private void progress(JsonNode event) {
        String id = event.path("id").asString("");
        String what = subject(event) + (id.isEmpty() ? "" : " " + id);
        changed(what, event.path("status").asString(""));
    }

    /** What only says less than the line before, or counts down to the next try, is not said again. */
    private void changed(String what, String status) {
        if (last.size() >= REMEMBERED_MAX) {
            last.clear();
        }
        String news = RETRY.matcher(status).replaceAll("");
        String before = last.getOrDefault(what, "");
        if (!news.equals(before) && !before.startsWith(news + ": ")) {
            last.put(what, news);
            out.println(what + ": " + status);
        }
    }

    private static String subject(JsonNode event) {
        return event.path("subject").asString("");
    }
}
