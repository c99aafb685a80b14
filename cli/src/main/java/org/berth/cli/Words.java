package org.berth.cli;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Numbers and states in the words that people read. */
final class Words {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Words() {}

    /** A service's record: "ready 3/3", "waiting 0/3: for db to be healthy", "done" for what is to run no more. */
    static String service(JsonNode event) {
        String reason = event.path("reason").asString("");
        String state = event.path("state").asString("");
        if (state.equals("done")) {
            return state;
        }
        return state + " " + event.path("ready").asInt(0) + "/"
                + event.path("wanted").asInt(0) + (reason.isEmpty() ? "" : ": " + reason);
    }

    /** Bytes in decimal units: 1.5 MB. */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= 99.5 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    /** A span of time, its two greatest units: "3 min 5 s", "42 s". */
    static String span(long seconds) {
        if (seconds < 60) {
            return Math.max(0, seconds) + " s";
        }
        if (seconds < 3600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
        }
        return seconds / 86_400 + " d " + seconds % 86_400 / 3600 + " h";
    }

    /** At most {@code width} characters, the cut marked. */
    static String fit(String text, int width) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= width ? line : line.substring(0, Math.max(0, width - 1)) + "…";
    }
}
