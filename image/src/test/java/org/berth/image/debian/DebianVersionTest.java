package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebianVersionTest {
    @ParameterizedTest
    @CsvSource({
        "1.0, 1.1",
        "1.9, 1.10",
        "1.0~rc1, 1.0",
        "1.0~~, 1.0~",
        "1.0~~a, 1.0~",
        "1.0~, 1.0",
        "1.0, 1.0a",
        "1.0a, 1.0+b",
        "1.0+deb12u1, 1.0+deb12u2",
        "2.36-9+deb12u9, 2.36-9+deb12u14",
        "9, 1:0.1",
        "1:9, 2:0.1",
        "1.0-1, 1.0-1.1",
        "1.0-1~bpo1, 1.0-1",
        "1.2.3-4, 1.2.3-4+b1",
        "1.0-9-1, 1.0-9-2",
        "1.0.a, 1.0.b",
        "1.0A, 1.0a",
        "5.36.0-7+deb12u3, 5.36.0-7+deb12u4",
        "0.9, 0.10.0",
        "1.0-0~, 1.0-0",
        "1, 1.1"
    })
    void ordersAsPolicySays(String lower, String higher) {
        assertThat(DebianVersion.of(lower)).isLessThan(DebianVersion.of(higher));
        assertThat(DebianVersion.of(higher)).isGreaterThan(DebianVersion.of(lower));
    }

    @ParameterizedTest
    @CsvSource({"1.0, 1.0", "0:1.0, 1.0", "1.0-0, 1.0", "1.00, 1.0", "1.001, 1.1", "1.0-, 1.0-0", "1.x0, 1.x"})
    void takesTheSameForEqual(String one, String other) {
        assertThat(DebianVersion.of(one))
                .isEqualByComparingTo(DebianVersion.of(other))
                .isEqualTo(DebianVersion.of(other))
                .hasSameHashCodeAs(DebianVersion.of(other));
    }

    @Test
    void comparesNumbersOfAnyLength() {
        assertThat(DebianVersion.of("1.20261123000000000000000000002"))
                .isGreaterThan(DebianVersion.of("1.20261123000000000000000000001"));
    }
}
