package org.berth.runtime.oci.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: the forms of options that users of runc and of crun write mean the same. */
class WordsTest {
    private static final List<Option> KNOWN =
            List.of(Option.value("bundle,b"), Option.flag("detach,d"), Option.flag("tty,t"), Option.value("env,e"));

    @ParameterizedTest
    @ValueSource(
            strings = {"-b X id", "-bX id", "-b=X id", "--bundle X id", "--bundle=X id", "-bundle X id", "id -b X"})
    void aValueInAnyForm(String line) {
        Words words = read(line, true);
        assertThat(words.value("bundle")).contains("X");
        assertThat(words.rest()).containsExactly("id");
    }

    @Test
    void lettersTogether() {
        Words words = read("-dte A=1 -eB=2 --env C=3 id", false);
        assertThat(words.has("detach")).isTrue();
        assertThat(words.has("tty")).isTrue();
        assertThat(words.values("env")).containsExactly("A=1", "B=2", "C=3");
    }

    @Test
    void anotherProgramsWordsStay() {
        assertThat(read("-d id ls -b --nosuch", false).rest()).containsExactly("id", "ls", "-b", "--nosuch");
        assertThat(read("-d -- -id", true).rest()).containsExactly("-id");
    }

    @Test
    void aFlagCanBeTakenBack() {
        assertThat(read("--detach=false id", true).has("detach")).isFalse();
    }

    @Test
    void faultsAreNamed() {
        assertThatThrownBy(() -> read("--nosuch", true))
                .hasMessage("run: there is no option --nosuch; see berth oci help");
        assertThatThrownBy(() -> read("-b", true)).hasMessage("run: option -b needs a value");
        assertThatThrownBy(() -> read("-d", true).word("run", 0, "the container's id"))
                .hasMessage("run: the container's id is missing");
    }

    private static Words read(String line, boolean mixed) {
        return Words.read("run", KNOWN, List.of(line.split(" ", -1)), mixed);
    }
}
