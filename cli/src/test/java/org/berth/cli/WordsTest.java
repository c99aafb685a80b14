package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.berth.base.Json;
import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void bytesHaveThreeDigits() {
        assertThat(Words.bytes(0)).isEqualTo("0 B");
        assertThat(Words.bytes(999)).isEqualTo("999 B");
        assertThat(Words.bytes(1_500)).isEqualTo("1.5 kB");
        assertThat(Words.bytes(999_900)).isEqualTo("1.0 MB");
        assertThat(Words.bytes(123_456_789)).isEqualTo("123 MB");
    }

    @Test
    void spansHaveTheirTwoGreatestUnits() {
        assertThat(Words.span(-1)).isEqualTo("0 s");
        assertThat(Words.span(59)).isEqualTo("59 s");
        assertThat(Words.span(185)).isEqualTo("3 min 5 s");
        assertThat(Words.span(7_260)).isEqualTo("2 h 1 min");
        assertThat(Words.span(90_000)).isEqualTo("1 d 1 h");
    }

    @Test
    void aServiceThatIsDoneCountsNothing() {
        String record = "{\"state\":\"%s\",\"ready\":0,\"wanted\":1,\"reason\":\"\"}";
        assertThat(Words.service(Json.MAPPER.readTree(record.formatted("done"))))
                .isEqualTo("done");
        assertThat(Words.service(Json.MAPPER.readTree(record.formatted("starting"))))
                .isEqualTo("starting 0/1");
    }

    @Test
    void whatIsTooWideIsCutAndMarked() {
        assertThat(Words.fit("abcdef", 4)).isEqualTo("abc…");
        assertThat(Words.fit("a\u001b[31mb", 80)).as("no control characters").isEqualTo("a [31mb");
    }

    @Test
    void columnsFit() {
        String text = new Table("NAME", "STATE").row("a-long-name", "ready").print(0);
        assertThat(text).isEqualTo("NAME          STATE\na-long-name   ready\n");
        assertThat(new Table("NAME", "STATE").row("a", "ready").print(8)).contains("NAME   …");
    }
}
