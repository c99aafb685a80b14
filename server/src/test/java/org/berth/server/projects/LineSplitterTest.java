package org.berth.server.projects;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.berth.engine.Containers.Frame;
import org.berth.server.projects.LineSplitter.Line;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
    private final List<Line> lines = new ArrayList<>();
    private final LineSplitter splitter = new LineSplitter(lines::add);

    private void take(int stream, long second, String text) {
        splitter.accept(new Frame(stream, Instant.ofEpochSecond(second), text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void linesAreJoinedAcrossPiecesAndStreamsDoNotMix() {
        take(1, 1, "one\r\ntw");
        take(2, 2, "error\n");
        take(1, 3, "o\nrest");
        splitter.finish();
        assertThat(lines)
                .containsExactly(line(1, 1, "one"), line(2, 2, "error"), line(1, 1, "two"), line(1, 3, "rest"));
    }

    @Test
    void aLineWithoutEndIsBounded() {
        take(1, 1, "x".repeat(200_000));
        assertThat(lines).hasSize(3).allSatisfy(line -> assertThat(line.text()).hasSize(65_536));
    }

    private static Line line(int stream, long second, String text) {
        return new Line(stream, Instant.ofEpochSecond(second), text);
    }
}
