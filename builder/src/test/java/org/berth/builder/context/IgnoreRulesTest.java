package org.berth.builder.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IgnoreRulesTest {
    @ParameterizedTest
    @CsvSource({
        "secrets, secrets, true",
        "secrets, secrets/a/b, true",
        "secrets, a/secrets, false",
        "/secrets/, secrets, true",
        "./a/../b, b, true",
        "*.md, README.md, true",
        "*.md, docs/README.md, false",
        "**/*.md, docs/deep/README.md, true",
        "**/*.md, README.md, true",
        "docs/**, docs/a/b, true",
        "docs/**, docs2, false",
        "a?c, abc, true",
        "a?c, a/c, false",
        "[a-c]x, bx, true",
        "[^a-c]x, bx, false",
        "a\\*, a*, true",
        "a\\*, ab, false",
        "**, anything/at/all, true",
        "a.b, axb, false"
    })
    void rulesMatchAsInDocker(String rule, String path, boolean ignored) {
        assertThat(IgnoreRules.parse(".dockerignore", rule).ignores(path)).isEqualTo(ignored);
    }

    @Test
    void lastRuleThatMatchesDecides() {
        IgnoreRules rules = IgnoreRules.parse(".dockerignore", "# comment\n*\n!src\nsrc/tmp\n!src/tmp/keep\n\n");
        assertThat(rules.ignores("README")).isTrue();
        assertThat(rules.ignores("src/a.py")).isFalse();
        assertThat(rules.ignores("src/tmp/x")).isTrue();
        assertThat(rules.ignores("src/tmp/keep")).isFalse();
        assertThat(rules.ignoresAllBelow("src/tmp")).isFalse();
        assertThat(IgnoreRules.parse(".dockerignore", "a").ignoresAllBelow("a")).isTrue();
    }

    @Test
    void wrongRuleIsNamedWithItsLine() {
        assertThatThrownBy(() -> IgnoreRules.parse(".dockerignore", "a\n[b\n"))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith(".dockerignore:2: ");
    }
}
