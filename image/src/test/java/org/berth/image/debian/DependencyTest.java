package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DependencyTest {
    @Test
    void readsAField() {
        assertThat(Dependency.parse("libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0 , perl:any ,\n awk"))
                .extracting(Dependency::toString)
                .containsExactly("libc6 (>= 2.34)", "debconf (>= 0.5) | debconf-2.0", "perl", "awk");
        assertThat(Dependency.parse(" ")).isEmpty();
    }

    @Test
    void readsArchitectures() {
        Dependency.Alternative alternative = Dependency.parse("perl:any (>= 5) [amd64]")
                .getFirst()
                .alternatives()
                .getFirst();
        assertThat(alternative.name()).isEqualTo("perl");
        assertThat(alternative.architecture()).isEqualTo("any");
    }

    @Test
    void refusesWhatIsNoDependency() {
        assertThatThrownBy(() -> Dependency.parse("libc6 (2.34)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("libc6 (2.34)");
        assertThatThrownBy(() -> Dependency.parse("a | | b")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "<<, 1.9, true", "<<, 2.0, false",
        "<=, 2.0, true", "<=, 2.1, false",
        "=, 2.0, true", "=, 2.0-1, false",
        ">=, 2.0, true", ">=, 2.0~rc1, false",
        ">>, 2.0+b1, true", ">>, 2.0, false",
        "<, 2.0, true", ">, 2.0, true"
    })
    void acceptsVersions(String operator, String version, boolean accepted) {
        Dependency.Alternative alternative = Dependency.parse("x (" + operator + " 2.0)")
                .getFirst()
                .alternatives()
                .getFirst();
        assertThat(alternative.accepts(DebianVersion.of(version))).isEqualTo(accepted);
    }
}
