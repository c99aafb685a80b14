package org.berth.builder.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {
    private static final Map<String, String> VARIABLES =
            Map.of("A", "one", "EMPTY", "", "B", "two words", "P", "a/b/c.tar.gz");
    private static final Place PLACE = new Place("Dockerfile", 7);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "$A|one",
                "${A}x|onex",
                "$Ax|",
                "a$Ab$A-$A|aone-one",
                "${NONE:-other}|other",
                "${EMPTY:-other}|other",
                "${EMPTY-other}|",
                "${A:-other}|one",
                "${A:+there}|there",
                "${EMPTY:+there}|",
                "${EMPTY+there}|there",
                "${NONE+there}|",
                "${NONE:-${A}-${B}}|one-two words",
                "'$A'|$A",
                "\"$A b\"|one b",
                "\\$A|$A",
                "\"\\$A \\\" \\n\"|$A \" \\n",
                "a\\ b|a b",
                "$|$",
                "a$|a$",
                "$ A|$ A",
                "${1}x|x",
                "${P#*/}|b/c.tar.gz",
                "${P##*/}|c.tar.gz",
                "${P%.*}|a/b/c.tar",
                "${P%%.*}|a/b/c",
                "${P/b/x}|a/x/c.tar.gz",
                "${P//[/x}|a/b/c.tar.gz",
                "${P//?.t/-}|a/b/-ar.gz",
                "${P//\\//-}|a-b-c.tar.gz",
                "${B/#/x}|two words",
                "${P#nothing}|a/b/c.tar.gz",
                "${P#\\*}|a/b/c.tar.gz",
                "${A//?/<}|<<<"
            })
    void expands(String word, String expected) {
        assertThat(Words.expand(word, VARIABLES, '\\', PLACE)).isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${",
                "${A",
                "${A:",
                "${}",
                "${A:-x",
                "'x",
                "\"x",
                "${A/x",
                "${A/x/y",
                "${A:#x}",
                "${A:?x",
                "${NONE:?is wanted}",
                "${NONE?is wanted}",
                "${EMPTY:?is wanted}",
                "${A#\\x}",
                "${.}"
            })
    void wrongWordsAreRefusedWithTheirLine(String word) {
        assertThatThrownBy(() -> Words.expand(word, VARIABLES, '\\', PLACE))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("Dockerfile:7: ");
    }

    @Test
    void deepNestingHasABound() {
        assertThatThrownBy(() -> Words.expand("${X:-".repeat(1000), VARIABLES, '\\', PLACE))
                .isInstanceOf(BerthException.class);
    }

    @Test
    void splitsAtSpacesOutsideOfQuotes() {
        assertThat(Words.split("a  \"b c\" 'd e'f g\\ h", '\\')).containsExactly("a", "\"b c\"", "'d e'f", "g\\ h");
    }
}
