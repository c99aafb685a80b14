package org.berth.cli;

import java.io.PrintStream;
import org.berth.base.Json;
import tools.jackson.databind.JsonNode;

/** Every record as it comes, one JSON object a line, for programs. */
final class RawView implements View {
    private final PrintStream out;

    RawView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void show(JsonNode event) {
        out.println(Json.MAPPER.writeValueAsString(event));
    }

    @Override
    public void close() {
        out.flush();
    }
}
