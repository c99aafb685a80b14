package org.berth.engine;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What happened on the node, in Docker's words; the last ones are kept, bounded. */
public interface Events {
    /** Calls {@code sink} for each event from now on; must be quick. Close to end. */
    AutoCloseable subscribe(Consumer<Event> sink);

    /** Those kept since then. */
    List<Event> since(Instant instant);

    /**
     * @param type "container", "network", "volume", "image"
     * @param action "create", "start", "die", "oom", "health_status: healthy", "destroy", ...
     * @param id of the thing
     * @param attributes its name, image, labels, exitCode...
     */
    record Event(Instant time, String type, String action, String id, Map<String, String> attributes) {}
}
