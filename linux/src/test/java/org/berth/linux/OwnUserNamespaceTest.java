package org.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnUserNamespaceTest {
    private static final String MACHINES = "         0          0 4294967295\n";

    @Test
    void aMapOfEveryIdIsTheMachines() {
        assertThat(OwnUserNamespace.isMachines(MACHINES)).isTrue();
        assertThat(OwnUserNamespace.isMachines("")).isTrue(); // a kernel without user namespaces
    }

    @ParameterizedTest
    @CsvSource({"0 1000 1", "0 1000 1|1 100000 65536", "1000 1000 1"})
    void aMapOfSomeIdsIsNot(String lines) {
        assertThat(OwnUserNamespace.isMachines(map(lines))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0 1000 1, 0",
        "0 1000 1|1 100000 65536, 65536",
        "1 100000 65536|0 1000 1, 65536",
        "0 1000 1|5 100000 10, 0",
        "1000 1000 1, -1"
    })
    void theLastIdIsBeforeTheFirstGap(String lines, long last) {
        assertThat(OwnUserNamespace.last(map(lines))).isEqualTo(last);
    }

    private static String map(String lines) {
        return lines.replace('|', '\n') + "\n";
    }
}
