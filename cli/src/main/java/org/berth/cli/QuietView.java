package org.berth.cli;

import tools.jackson.databind.JsonNode;

/** Shows warnings only. */
final class QuietView implements View {
    @Override
    public void show(JsonNode event) {
        if ("warning".equals(event.path("type").asString(""))) {
            System.err.println("warning: " + event.path("message").asString(""));
        }
    }

    @Override
    public void close() {
        // nothing was drawn
    }
}
