package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.berth.base.Json;
import org.junit.jupiter.api.Test;

/** Lines for logs and pipes. */
class PlainViewTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PlainView view = new PlainView(new PrintStream(said, true, StandardCharsets.UTF_8));

    private void service(String state, String reason) {
        view.show(Json.MAPPER.readTree("""
                {"type":"service","service":"web","state":"%s","ready":0,"wanted":1,"reason":"%s"}
                """.formatted(state, reason)));
    }

    @Test
    void saysNothingTwice() {
        service("starting", "");
        service("starting", "web-1 has not passed its health check yet");
        service("starting", "");
        service("starting", "web-1 exited with code 3, tried again in 4 s");
        service("starting", "web-1 exited with code 3, tried again in 3 s");
        service("starting", "web-1 exited with code 3");
        service("failed", "");
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "service web: starting 0/1",
                        "service web: starting 0/1: web-1 has not passed its health check yet",
                        "service web: starting 0/1: web-1 exited with code 3, tried again in 4 s",
                        "service web: failed 0/1");
    }
}
