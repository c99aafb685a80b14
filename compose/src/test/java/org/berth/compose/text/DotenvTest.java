package org.berth.compose.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DotenvTest {
    private final List<String> problems = new ArrayList<>();

    private Map<String, String> parse(String text) {
        return Dotenv.parse(
                text,
                name -> Optional.ofNullable(Map.of("HOME", "/root").get(name)),
                problem -> problems.add(problem.line() + ": " + problem.message()));
    }

    @Test
    void readsEveryForm() {
        assertThat(parse("""
                # a comment
                BARE=one two   # said beside it
                EMPTY=
                export SHOWN=yes
                HASH=a#b
                SINGLE='$HOME # "as is"'
                DOUBLE="$HOME\\n\\"x\\" \\$y" # beside
                LINES="first
                second"
                REFERS=${BARE}-${MISSING:-d}
                COLON: value
                  INDENTED = spaced
                """))
                .containsExactly(
                        Map.entry("BARE", "one two"),
                        Map.entry("EMPTY", ""),
                        Map.entry("SHOWN", "yes"),
                        Map.entry("HASH", "a#b"),
                        Map.entry("SINGLE", "$HOME # \"as is\""),
                        Map.entry("DOUBLE", "/root\n\"x\" $y"),
                        Map.entry("LINES", "first\nsecond"),
                        Map.entry("REFERS", "one two-d"),
                        Map.entry("COLON", "value"),
                        Map.entry("INDENTED", "spaced"));
        assertThat(problems).isEmpty();
    }

    @Test
    void aNameAloneTakesTheEnvironmentsValue() {
        assertThat(parse("HOME\nUNSET\n")).containsExactly(Map.entry("HOME", "/root"));
    }

    @Test
    void takesLinesOfOtherSystems() {
        assertThat(parse("\uFEFFA=1\r\nB=2\r\n")).isEqualTo(Map.of("A", "1", "B", "2"));
    }

    @Test
    void namesTheLineOfEveryProblemAndGoesOn() {
        assertThat(parse("A=1\n=x\nB!=2\nC='no end\nD=4\n")).isEqualTo(Map.of("A", "1", "D", "4"));
        assertThat(problems)
                .containsExactly("2: expected NAME=value", "3: expected '=' after B", "4: the quote ' has no end");
    }

    @Test
    void refusesWhatFollowsAQuote() {
        parse("A='x' y\n");
        assertThat(problems).containsExactly("1: unexpected 'y' after the closing quote");
    }
}
