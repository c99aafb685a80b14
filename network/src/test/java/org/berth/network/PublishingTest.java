package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.linux.netlink.ConnectionTracking.Flow;
import org.berth.network.NetworkState.StoredPorts;
import org.berth.network.Networks.PublishedPort;
import org.junit.jupiter.api.Test;

class PublishingTest {
    @Test
    void aFreePortKeepsWhatItHadAndOthersAreChosen() {
        List<PublishedPort> before = List.of(tcp("127.0.0.1", 40_000, 80), tcp("127.0.0.1", 40_001, 81));
        List<PublishedPort> kept = Publishing.keepChosen(
                before, List.of(tcp("127.0.0.1", 0, 81), tcp("127.0.0.1", 0, 80), tcp("127.0.0.1", 0, 80)));
        assertThat(kept)
                .containsExactly(tcp("127.0.0.1", 40_001, 81), tcp("127.0.0.1", 40_000, 80), tcp("127.0.0.1", 0, 80));
        assertThat(Publishing.chosen(kept, List.of(tcp("127.0.0.1", 50_000, 80))))
                .containsExactly(
                        tcp("127.0.0.1", 40_001, 81), tcp("127.0.0.1", 40_000, 80), tcp("127.0.0.1", 50_000, 80));
    }

    @Test
    void whatIsNoPortIsRefused() {
        for (PublishedPort port : List.of(
                tcp("127.0.0.1", -1, 80),
                tcp("127.0.0.1", 65_536, 80),
                tcp("127.0.0.1", 80, 0),
                new PublishedPort(TestHost.address("127.0.0.1"), 80, 80, "sctp"))) {
            assertThatThrownBy(() -> Publishing.check("web", List.of(port), Map.of()))
                    .isInstanceOf(BerthException.class)
                    .hasMessageStartingWith("port 127.0.0.1:" + port.hostPort() + ": ");
        }
        assertThatThrownBy(() ->
                        Publishing.check("web", List.of(tcp("127.0.0.1", 80, 80), tcp("127.0.0.1", 80, 81)), Map.of()))
                .hasMessage("port 127.0.0.1:80: it is published twice");
    }

    @Test
    void everyAddressClashesWithEach() {
        Map<String, StoredPorts> others =
                Map.of("db", new StoredPorts("", "db", List.of(tcp("127.0.0.1", 80, 5432)), List.of()));
        assertThatThrownBy(() -> Publishing.check("web", List.of(tcp("0.0.0.0", 80, 80)), others))
                .hasMessage("port 0.0.0.0:80 is published by db already; choose another in ports:");
        Publishing.check("web", List.of(tcp("192.0.2.1", 80, 80)), others);
        Publishing.check("db", List.of(tcp("0.0.0.0", 80, 80)), others);
    }

    @Test
    void aDatagramFlowIsStaleWhenItsAnswererIsNoBackend() {
        List<PublishedPort> ports = List.of(new PublishedPort(TestHost.address("0.0.0.0"), 53, 5353, "udp"));
        Set<Inet4Address> own = Set.of(TestHost.ADDRESS);
        assertThat(stale(flow("198.51.100.1", 53, "10.64.0.2", 5353), ports, own))
                .isFalse();
        assertThat(stale(flow("198.51.100.1", 53, "10.64.0.3", 5353), ports, own))
                .isTrue();
        assertThat(stale(flow("127.0.0.1", 53, "127.0.0.1", 53), ports, own)).isTrue();
        assertThat(stale(flow("203.0.113.9", 53, "203.0.113.9", 53), ports, own))
                .isFalse(); // passes by
        assertThat(stale(flow("198.51.100.1", 54, "198.51.100.1", 54), ports, own))
                .isFalse();
    }

    private static boolean stale(Flow flow, List<PublishedPort> ports, Set<Inet4Address> own) {
        return Publishing.isStale(flow, ports, ports, List.of(TestHost.address("10.64.0.2")), own);
    }

    private static Flow flow(String destination, int port, String answerer, int answererPort) {
        return new Flow(
                17,
                TestHost.NEIGHBOUR,
                4000,
                TestHost.address(destination),
                port,
                TestHost.address(answerer),
                answererPort);
    }

    private static PublishedPort tcp(String address, int hostPort, int containerPort) {
        return new PublishedPort(TestHost.address(address), hostPort, containerPort, "tcp");
    }
}
