package org.berth.cli;

import tools.jackson.databind.JsonNode;

/** Shows a stream of work to a person, on standard error: the result alone goes to standard output. */
sealed interface View extends AutoCloseable permits PlainView, LiveView, BuildView, QuietView, RawView {
    /** Takes one record of a stream (docs/api.md). */
    void show(JsonNode event);

    /** Leaves the terminal as it should be. */
    @Override
    void close();

    /** What fits: live on a terminal, lines into a file or pipe, nothing when quiet. */
    static View choose(boolean quiet) {
        if (quiet) {
            return new QuietView();
        }
        return Screen.interactive() ? new LiveView(new Screen()) : new PlainView(System.err);
    }
}
