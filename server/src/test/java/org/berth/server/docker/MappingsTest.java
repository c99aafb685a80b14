package org.berth.server.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Progress;
import org.berth.control.TaskLabels;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Events.Event;
import org.berth.network.Networks.PublishedPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small pure mappings of the Docker Engine API. */
class MappingsTest {
    @ParameterizedTest
    @CsvSource({
        "TERM, 15",
        "SIGTERM, 15",
        "sigkill, 9",
        "9, 9",
        "64, 64",
        "RTMIN, 34",
        "SIGRTMIN+3, 37",
        "RTMAX-1, 63",
        "WINCH, 28"
    })
    void signalsAreNamesOrNumbers(String text, int number) {
        assertThat(Signals.number(text)).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({"65", "0", "-1", "SIGNOPE", "RTMIN-1", "''"})
    void otherSignalsAreRefused(String text) {
        assertThatThrownBy(() -> Signals.number(text)).hasMessage("invalid signal: " + text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, Less than a second",
        "1, 1 second",
        "59, 59 seconds",
        "60, About a minute",
        "150, 2 minutes",
        "3600, About an hour",
        "7200, 2 hours",
        "172800, 2 days",
        "1209600, 2 weeks",
        "7776000, 3 months",
        "94608000, 3 years"
    })
    void durationsAreRoughWords(long seconds, String words) {
        assertThat(HumanTime.of(Duration.ofSeconds(seconds))).isEqualTo(words);
    }

    @Test
    void aTaskShowsThePortsOfItsService() {
        PublishedPort port = new PublishedPort(Inet4Address.ofLiteral("127.0.0.1"), 8080, 80, "tcp");
        ServicePorts ports = new ServicePorts(Map.of("shop/web", List.of(port)));
        assertThat(ports.of(Map.of(TaskLabels.PROJECT, "shop", TaskLabels.SERVICE, "web")))
                .containsExactly(port);
        assertThat(ports.of(Map.of(TaskLabels.PROJECT, "shop", TaskLabels.SERVICE, "db")))
                .isEmpty();
        assertThat(ports.of(Map.of())).isEmpty();
    }

    @Test
    void timesAreUnixSecondsOrIso() {
        assertThat(Times.parse("since", Optional.of("1136073845.5")))
                .contains(Instant.ofEpochSecond(1_136_073_845L, 500_000_000));
        assertThat(Times.parse("since", Optional.of("2026-01-31T12:00:00+01:00")))
                .contains(Instant.parse("2026-01-31T11:00:00Z"));
        assertThat(Times.parse("since", Optional.of("0"))).isEmpty();
        assertThatThrownBy(() -> Times.parse("since", Optional.of("yesterday")))
                .hasMessageContaining("since must be Unix seconds");
    }

    @Test
    void filtersAreReadInBothForms() {
        Filters filters = Filters.parse(
                Optional.of("{\"label\":{\"a=b\":true,\"c\":true},\"status\":[\"exited\"]}"),
                Set.of("label", "status"));
        assertThat(filters.labels(Map.of("a", "b", "c", ""))).isTrue();
        assertThat(filters.labels(Map.of("a", "b"))).isFalse();
        assertThat(filters.any("status", "exited"::equals)).isTrue();
        assertThat(filters.any("status", "running"::equals)).isFalse();
        assertThat(filters.any("name", name -> false)).as("not filtered by").isTrue();
        assertThatThrownBy(() -> Filters.parse(Optional.of("{\"color\":[\"red\"]}"), Set.of("label")))
                .hasMessage("invalid filter 'color': expected one of label");
    }

    @Test
    void outputIsFramedAndEachLineStampedOnce() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputFrames frames = new OutputFrames(out, false, true);
        Instant time = Instant.parse("2026-01-31T12:00:00.5Z");
        frames.write(new Frame(2, time, "a".getBytes(StandardCharsets.UTF_8)));
        frames.write(new Frame(2, time, "b\nc\n".getBytes(StandardCharsets.UTF_8)));
        String stamp = "2026-01-31T12:00:00.500000000Z ";
        assertThat(out.toString(StandardCharsets.ISO_8859_1))
                .isEqualTo("\u0002\0\0\0\0\0\0 " + stamp + "a" + "\u0002\0\0\0\0\0\0#" + "b\n" + stamp + "c\n");
    }

    @Test
    void progressIsAMessageWithABar() {
        assertThat(PullStream.message(new Progress.Step("abc", "downloading", 5_000_000, 10_000_000)))
                .containsEntry("status", "Downloading")
                .containsEntry("id", "abc")
                .containsEntry("progressDetail", Map.of("current", 5_000_000L, "total", 10_000_000L))
                .containsEntry("progress", "[========================>                         ] 5.0MB/10.0MB");
        assertThat(PullStream.message(Progress.Step.of("", "verified"))).isEqualTo(Map.of("status", "Verified"));
    }

    @Test
    void patternsOfImagesFitTheirTags() {
        assertThat(ImageEndpoints.matches("debian", "debian:bookworm")).isTrue();
        assertThat(ImageEndpoints.matches("deb*:book*", "debian:bookworm")).isTrue();
        assertThat(ImageEndpoints.matches("debian:sid", "debian:bookworm")).isFalse();
        assertThat(ImageEndpoints.matches("*", "host:5000/debian:bookworm")).isFalse();
    }

    @Test
    void eventsAreFilteredAndShownAsDockerDoes() {
        Event event = new Event(
                Instant.ofEpochSecond(7, 8),
                "container",
                "health_status: healthy",
                "abc123",
                Map.of("name", "web", "image", "shop"));
        assertThat(EventEndpoints.json(event))
                .containsEntry("status", "health_status: healthy")
                .containsEntry("from", "shop")
                .containsEntry("time", 7L)
                .containsEntry("timeNano", 7_000_000_008L);
        assertThat(fits(event, "{\"event\":[\"health_status\"],\"container\":[\"web\"]}"))
                .isTrue();
        assertThat(fits(event, "{\"container\":[\"abc\"]}")).isTrue();
        assertThat(fits(event, "{\"image\":[\"shop\"]}")).isTrue();
        assertThat(fits(event, "{\"type\":[\"image\"]}")).isFalse();
    }

    private static boolean fits(Event event, String filters) {
        return EventEndpoints.fits(
                event, Filters.parse(Optional.of(filters), Set.of("event", "container", "image", "type")));
    }
}
