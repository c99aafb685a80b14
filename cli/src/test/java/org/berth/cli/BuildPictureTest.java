package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.berth.base.Json;
import org.junit.jupiter.api.Test;

/** What a build looks like. */
class BuildPictureTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Palette PLAIN = new Palette(false);

    private final BuildPicture picture = new BuildPicture("shop", 0);

    private void step(String id, String status, double seconds) {
        picture.take(
                Json.MAPPER
                        .createObjectNode()
                        .put("type", "progress")
                        .put("phase", "build")
                        .put("id", id)
                        .put("status", status),
                (long) (seconds * SECOND));
    }

    private void output(String id, String text) {
        picture.take(
                Json.MAPPER
                        .createObjectNode()
                        .put("type", "output")
                        .put("id", id)
                        .put("text", text),
                0);
    }

    private List<String> rows(double seconds, int columns, int rows) {
        return picture.rows((long) (seconds * SECOND), columns, rows, PLAIN).stream()
                .map(String::stripTrailing)
                .toList();
    }

    @Test
    void stepsThatRunAreBelowThoseThatEndedWithTheirTimeAndTheirLastLines() {
        step("one 2/3", "RUN slow", 0);
        step("two 2/2", "RUN quick", 0.5);
        output("one 2/3", "first");
        output("one 2/3", "a\tb\u001b[31mred");
        step("2/4", "COPY a /a (cached)", 0.6);
        step("two 2/2", "done", 2.25);
        assertThat(rows(10, 40, 20))
                .containsExactly(
                        "Building shop 10.0s (2/3)",
                        " ✔ [2/4] COPY a /a             cached",
                        " ✔ [two 2/2] RUN quick           1.8s",
                        " ● [one 2/3] RUN slow           10.0s",
                        "   │ first",
                        "   │ a b [31mred");
    }

    /** With more steps than rows the newest are seen, and what runs before all; no row is wider than the terminal. */
    @Test
    void neverTakesMoreRowsThanThereAre() {
        for (int i = 0; i < 40; i++) {
            step("2/" + i, "RUN " + "x".repeat(200), i);
            if (i < 37) {
                step("2/" + i, "done", i + 1);
            }
            for (int line = 0; line < 10; line++) {
                output("2/" + i, "line " + line);
            }
        }
        for (int height = 1; height < 30; height++) {
            List<String> rows = rows(100, 60, height);
            assertThat(rows).hasSizeLessThanOrEqualTo(height).allMatch(row -> row.length() < 60);
            if (height >= 4) {
                assertThat(rows).filteredOn(row -> row.contains("●")).hasSize(3);
            }
        }
        assertThat(rows(100, 60, 24)).filteredOn(row -> row.contains("line 9")).hasSize(3);
    }

    @Test
    void theEndHasEveryStepAndTheLinesOfTheOneThatFailed() {
        step("2/3", "RUN wrong", 0);
        step("other 2/2", "RUN long", 0);
        output("2/3", "no such file");
        output("other 2/2", "busy");
        step("2/3", "failed", 1);
        picture.end(2 * SECOND);
        assertThat(rows(3, 40, 5000))
                .containsExactly(
                        "Building shop 3.0s (2/2)",
                        " ✘ [2/3] RUN wrong               1.0s",
                        "   │ no such file",
                        " – [other 2/2] RUN long          2.0s");
    }

    @Test
    void whatIsPulledIsSeenUntilItIsThere() {
        picture.take(Json.MAPPER.readTree("""
                {"type":"progress","phase":"build","id":"0123456789ab","status":"downloading","current":1500000,"total":3000000}
                """), 0);
        assertThat(rows(60, 50, 10)).contains("   0123456789ab downloading 50 %");
        picture.take(Json.MAPPER.readTree("""
                {"type":"progress","phase":"build","id":"0123456789ab","status":"pull complete","current":0,"total":0}
                """), 60 * SECOND);
        assertThat(rows(70, 50, 10)).hasSize(1);
    }
}
