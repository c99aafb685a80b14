package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.berth.base.Json;
import org.junit.jupiter.api.Test;

/** The table of berth ps, from what the daemon answers. */
class PsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T01:00:00Z");

    private static List<String> table(String services) {
        String project = "{\"name\":\"shop\",\"state\":\"ready\",\"reason\":\"\",\"services\":[" + services + "]}";
        return Ps.table(List.of(Json.MAPPER.readTree(project)), 0, NOW).lines().toList();
    }

    private static String service(String state, String reason, String task) {
        return """
                {"name":"web","state":"%s","reason":"%s","ports":[],"tasks":[{"name":"shop-web-1","number":1,"restarts":0,
                "addresses":[],"started":"2026-01-01T00:00:00Z",%s}]}
                """.formatted(state, reason, task);
    }

    @Test
    void aTaskThatEndedHasAnExitCodeAndIsNotUp() {
        assertThat(table(service(
                        "done",
                        "",
                        "\"state\":\"done\",\"exitCode\":0,\"ended\":\"2026-01-01T00:56:55Z\",\"reason\":\"\"")))
                .last()
                .asString()
                .containsPattern("shop-web-1 +exited \\(0\\) +0 +ended 3 min 5 s ago");
        assertThat(table(service("ready", "", "\"state\":\"ready\",\"exitCode\":null,\"ended\":null,\"reason\":\"\"")))
                .last()
                .asString()
                .containsPattern("shop-web-1 +ready +1 h 0 min +0");
    }

    @Test
    void aServicesOwnReasonHasItsRow() {
        assertThat(table(service("failed", "port 8080 is taken", "\"state\":\"ready\",\"reason\":\"\"")))
                .hasSize(3)
                .element(1)
                .asString()
                .containsPattern("^web +failed +port 8080 is taken$");
    }

    @Test
    void aReasonIsNotSaidTwice() {
        assertThat(
                        table(
                                service(
                                        "failed",
                                        "shop-web-1 exited with code 7",
                                        "\"state\":\"failed\",\"exitCode\":7,\"ended\":\"2026-01-01T00:56:55Z\",\"reason\":\"exited with code 7\"")))
                .hasSize(2)
                .last()
                .asString()
                .containsPattern("shop-web-1 +exited \\(7\\) +0 +exited with code 7");
        assertThat(table(service(
                        "failed",
                        "shop-web-1 can't be started",
                        "\"state\":\"backoff\",\"reason\":\"can't be started, tried again in 2 s\"")))
                .hasSize(2);
    }
}
