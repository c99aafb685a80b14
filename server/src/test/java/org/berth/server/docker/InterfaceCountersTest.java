package org.berth.server.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterfaceCountersTest {
    @Test
    void readsTheKernelsTable() {
        List<String> table = List.of(
                "Inter-|   Receive                                                |  Transmit",
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls",
                "    lo:  100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0",
                "  eth0: 2048      12    1    2    0     0          0         0     4096      34    3    4    0     0       0          0");
        assertThat(InterfaceCounters.parse(table))
                .isEqualTo(Map.of(
                        "eth0",
                        Map.of(
                                "rx_bytes", 2048L,
                                "rx_packets", 12L,
                                "rx_errors", 1L,
                                "rx_dropped", 2L,
                                "tx_bytes", 4096L,
                                "tx_packets", 34L,
                                "tx_errors", 3L,
                                "tx_dropped", 4L)));
        assertThat(InterfaceCounters.parse(List.of())).isEmpty();
        assertThat(InterfaceCounters.of(0)).isEmpty();
    }
}
