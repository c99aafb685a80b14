package org.berth.runtime.oci.command;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.JsonText;
import org.berth.runtime.oci.lifecycle.Status;

/** {@code events}: what a container uses, now and then, as lines of JSON. */
final class EventsCommand {
    private static final List<Option> OPTIONS =
            List.of(Option.flag("help,h"), Option.flag("stats"), Option.value("interval"));

    private final Containers containers;

    EventsCommand(Containers containers) {
        this.containers = containers;
    }

    int run(List<String> given) {
        Words words = Words.read("events", OPTIONS, given, true);
        String id = words.word("events", 0, "the container's id");
        Duration interval = interval(words.value("interval").orElse("5s"));
        if (containers.state(id).status() == Status.STOPPED) {
            throw new BerthException(ErrorCode.CONFLICT, "container with id " + id + " is not running");
        }
        print(id);
        while (!words.has("stats")) {
            long end = System.nanoTime() + interval.toNanos();
            while (System.nanoTime() - end < 0) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
            if (containers.state(id).status() == Status.STOPPED) {
                return 0;
            }
            print(id);
        }
        return 0;
    }

    private void print(String id) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", "stats");
        event.put("id", id);
        event.put("data", StatisticsDocument.of(containers.statistics(id)));
        System.out.println(JsonText.compact(event));
    }

    /** "5s", "500ms", "1m". */
    private static Duration interval(String text) {
        try {
            if (text.endsWith("ms")) {
                return positive(Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2))));
            }
            long number = Long.parseLong(text.substring(0, text.length() - 1));
            return positive(text.endsWith("m") ? Duration.ofMinutes(number) : Duration.ofSeconds(number));
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new BerthException(ErrorCode.INVALID, "events: --interval: expected a time as 5s or 500ms", e);
        }
    }

    private static Duration positive(Duration duration) {
        if (!duration.isPositive()) {
            throw new BerthException(ErrorCode.INVALID, "events: --interval must be greater than 0");
        }
        return duration;
    }
}
