package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UngroupedProcessesTest {
    @Test
    void thoseOfAPidNamespaceAreFound() {
        long own = ProcessHandle.current().pid();
        UngroupedProcesses found = UngroupedProcesses.of(own);
        assertThat(found.ids()).contains(own).isSorted();
        assertThat(found.usage().memoryBytes()).isPositive();
        assertThat(found.usage().pids()).isEqualTo(found.ids().size());
    }

    @Test
    void ofAProcessThatHasEndedThereAreNone() {
        assertThat(UngroupedProcesses.of(Integer.MAX_VALUE).ids()).isEmpty();
    }

    @Test
    void memoryIsWhatIsNotShared() {
        assertThat(UngroupedProcesses.memory("1000 300 100 1 0 200 0\n")).isEqualTo(200 * 4096);
        assertThat(UngroupedProcesses.memory("")).isZero();
    }

    @Test
    void timesFollowANameWithBracketsInIt() {
        String stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 5 6 7";
        assertThat(UngroupedProcesses.time(stat)).isEqualTo(110 * 10_000_000L);
        assertThat(UngroupedProcesses.time("")).isZero();
    }
}
