package org.berth.compose.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterpolationTest {
    private static final Map<String, String> VARIABLES = Map.of("SET", "value", "EMPTY", "", "OTHER", "other");

    private final List<String> unset = new ArrayList<>();

    private String apply(String text) {
        return Interpolation.apply(text, name -> Optional.ofNullable(VARIABLES.get(name)), unset::add);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            value = {
                "plain                       | plain",
                "$SET                        | value",
                "a$SET-b                     | avalue-b",
                "${SET}s                     | values",
                "${SET:-d}                   | value",
                "${EMPTY:-d}                 | d",
                "${EMPTY-d}                  | ''",
                "${UNSET-d}                  | d",
                "${UNSET:-}                  | ''",
                "${SET:+r}                   | r",
                "${EMPTY:+r}                 | ''",
                "${EMPTY+r}                  | r",
                "${UNSET+r}                  | ''",
                "${SET:?needed}              | value",
                "${EMPTY?needed}             | ''",
                "${UNSET:-${SET}}            | value",
                "${UNSET:-a${UNSET-b}c}      | abc",
                "${UNSET-${EMPTY:-${OTHER}}} | other",
                "${UNSET:-$$x}               | $x",
                "$$SET                       | $SET",
                "$${SET}                     | ${SET}",
                "${UNSET:-a:b-c?d}           | a:b-c?d",
                "${SET:+${UNSET:-x}}         | x",
            })
    void replaces(String text, String expected) {
        assertThat(apply(text)).isEqualTo(expected);
        assertThat(unset).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${UNSET:?say it}     | variable UNSET is required: say it",
                "${EMPTY:?}           | variable EMPTY is required: set it in the environment or in .env",
                "${UNSET?${SET} it}   | variable UNSET is required: value it",
                "a$                   | malformed variable in 'a$'",
                "$1                   | malformed variable in '$1'",
                "${}                  | malformed variable in '${}'",
                "${A B}               | malformed variable in '${A B}'",
                "${SET                | malformed variable in '${SET'",
                "${SET:-x             | no closing brace in '${SET:-x'",
            })
    void refuses(String text, String message) {
        assertThatExceptionOfType(TextException.class)
                .isThrownBy(() -> apply(text))
                .withMessageStartingWith(message);
    }

    @Test
    void namesWhatIsNotSet() {
        assertThat(apply("$ONE-${TWO}")).isEqualTo("-");
        assertThat(unset).containsExactly("ONE", "TWO");
    }

    @Test
    void asksNothingOfABranchThatIsNotTaken() {
        assertThat(apply("${SET:-${UNSET:?needed}}${UNSET:+$NEVER}")).isEqualTo("value");
        assertThat(unset).isEmpty();
    }

    @Test
    void boundsTheDepth() {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> apply("${A:-".repeat(5_000)));
    }
}
