package org.berth.runtime.oci.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.runtime.oci.lifecycle.JsonText;

/**
 * What a command has to say besides its answer, in runc's forms: on standard error, and in the file of
 * {@code --log} for the program that drives the runtime.
 */
final class Journal {
    private final Optional<Path> file;
    private final boolean json;
    private final boolean debug;
    private final Clock clock;

    /** @param json whether lines are JSON; else {@code time="..." level=error msg="..."} */
    Journal(Optional<Path> file, boolean json, boolean debug, Clock clock) {
        this.file = file;
        this.json = json;
        this.debug = debug;
        this.clock = clock;
    }

    void error(String message) {
        System.err.println(json && file.isEmpty() ? line("error", message) : "berth oci: " + message);
        write("error", message);
    }

    void warn(String message) {
        if (file.isEmpty()) {
            System.err.println(json ? line("warning", message) : "berth oci: warning: " + message);
        }
        write("warning", message);
    }

    void debug(String message) {
        if (debug) {
            if (file.isEmpty()) {
                System.err.println(line("debug", message));
            }
            write("debug", message);
        }
    }

    private void write(String level, String message) {
        if (file.isEmpty()) {
            return;
        }
        try {
            Files.writeString(
                    file.get(),
                    line(level, message) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            System.err.println("berth oci: write " + file.get() + ": " + e.getMessage());
        }
    }

    private String line(String level, String message) {
        String time = clock.instant()
                .truncatedTo(ChronoUnit.SECONDS)
                .atZone(ZoneId.systemDefault())
                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        if (!json) {
            return "time=\"" + time + "\" level=" + level + " msg=" + JsonText.compact(message);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("level", level);
        all.put("msg", message);
        all.put("time", time);
        return JsonText.compact(all);
    }
}
