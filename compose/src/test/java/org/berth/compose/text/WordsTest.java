package org.berth.compose.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shell words, durations, sizes, signals, spelling. */
class WordsTest {
    @Test
    void splitsAsAShell() {
        assertThat(ShellWords.split("a  'b c'\td\"e f\"g \\h \"\\\"\\n\" '' x\\ y"))
                .containsExactly("a", "b c", "de fg", "h", "\"\\n", "", "x y");
        assertThat(ShellWords.split("  \n ")).isEmpty();
        assertThat(ShellWords.split("a \\\n b")).containsExactly("a", "b");
        assertThat(ShellWords.split("sh -c 'echo $HOME | cat'")).containsExactly("sh", "-c", "echo $HOME | cat");
        assertThatExceptionOfType(TextException.class)
                .isThrownBy(() -> ShellWords.split("a 'b"))
                .withMessageContaining("has no end");
    }

    @ParameterizedTest
    @CsvSource({"30s,PT30S", "1m30s,PT1M30S", "500ms,PT0.5S", "1h,PT1H", "1.5s,PT1.5S", "100us,PT0.0001S", "0,PT0S"})
    void readsDurations(String text, Duration expected) {
        assertThat(Quantities.duration(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "s", "1x", "1s 2m", "-1s", "99999999999h"})
    void refusesDurations(String text) {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> Quantities.duration(text));
    }

    @ParameterizedTest
    @CsvSource({
        "1024,1024",
        "64b,64",
        "1k,1024",
        "512m,536870912",
        "512MB,536870912",
        "1.5g,1610612736",
        "2GiB,2147483648",
        "1 kb,1024"
    })
    void readsSizes(String text, long expected) {
        assertThat(Quantities.bytes(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1", "1x", "1mm", "99999999999999999999"})
    void refusesSizes(String text) {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> Quantities.bytes(text));
    }

    @ParameterizedTest
    @CsvSource({"SIGTERM,15", "term,15", "9,9", "SIGRTMIN+3,37", "RTMAX-1,63", "SIGWINCH,28", "usr1,10"})
    void readsSignals(String text, int expected) {
        assertThat(Signals.number(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65", "SIGNOPE", "RTMIN+x", "RTMIN+99"})
    void refusesSignals(String text) {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> Signals.number(text));
    }

    @ParameterizedTest
    @CsvSource({
        "comand,command",
        "enviroment,environment",
        "imgae,image",
        "Image,image",
        "depends-on,depends_on",
        "heathcheck,healthcheck",
        "volume,volumes",
        "port,ports"
    })
    void findsTheWordThatWasMeant(String word, String meant) {
        List<String> words = List.of(
                "build", "image", "command", "environment", "depends_on", "healthcheck", "volumes", "ports", "user");
        assertThat(Spelling.nearest(word, words)).contains(meant);
    }

    @Test
    void findsNoWordForNonsense() {
        assertThat(Spelling.nearest("frobnicate", List.of("image", "build"))).isEmpty();
        assertThat(Spelling.nearest("x", List.of("ab", "user"))).isEmpty();
    }

    @Test
    void countsASwapAsOne() {
        assertThat(Spelling.distance("imgae", "image")).isEqualTo(1);
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
    }
}
