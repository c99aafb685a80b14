package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;
import org.berth.linux.nftables.Nftables;
import org.berth.network.Networks.PublishedPort;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * CVE-2020-8558: with route_localnet on, neighbours reached what listens on a host's loopback only.
 *
 * <p>Method: an attacker that is root in its own namespace sends packets for 127.0.0.1 to the host
 * over Ethernet: it gives its own loopback address up and has a route. Without the guard that connects,
 * which is shown first, so that the test would notice an attack that no longer works.
 */
@KernelTest
class LoopbackCve20208558Test {
    private static final Inet4Address LOOPBACK = TestHost.address("127.0.0.1");

    /** Milliseconds in which a dropped packet would have been answered. */
    private static final int WAIT_MILLISECONDS = 700;

    @Test
    void aContainerDoesNotReachTheHostsLoopback(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace attacker = host.container("attacker", "app");
            arm(attacker, host.networks().find("app").orElseThrow().gateway());
            assertGuarded(host, instance, attacker);
        }
    }

    @Test
    void anotherHostDoesNotReachTheHostsLoopback(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            arm(host.neighbour, TestHost.ADDRESS);
            host.host.run(() -> write("/proc/sys/net/ipv4/conf/lan0/route_localnet", "1"));
            assertGuarded(host, instance, host.neighbour);
        }
    }

    private static void assertGuarded(TestHost host, Instance instance, NetworkNamespace attacker) throws IOException {
        NetworkNamespace web = host.container("web", "app");
        host.greet(web, host.address("web", 0), 80, "web");
        host.greet(host.host, LOOPBACK, 9000, "secret");
        host.networks()
                .publish("web", List.of(new PublishedPort(LOOPBACK, 8080, 80, "tcp")), List.of(host.address("web", 0)));

        host.host.run(() -> Nftables.apply("flush chain ip berth_" + instance.tag() + " guard"));
        assertThat(host.greeting(attacker, LOOPBACK, 9000)).startsWith("secret ");
        host.networks().restore();

        assertThatThrownBy(() -> host.connect(attacker, LOOPBACK, 9000, WAIT_MILLISECONDS))
                .isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> host.connect(attacker, LOOPBACK, 8080, WAIT_MILLISECONDS))
                .isInstanceOf(SocketTimeoutException.class);
        assertThat(host.greeting(host.host, LOOPBACK, 9000)).startsWith("secret ");
        assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web ");
    }

    private static void arm(NetworkNamespace attacker, Inet4Address host) {
        attacker.run(() -> write("/proc/sys/net/ipv4/conf/eth0/route_localnet", "1"));
        try (RouteSocket socket = RouteSocket.open(attacker)) {
            socket.removeAddress(1, LOOPBACK, 8);
            socket.addRoute(TestHost.address("127.0.0.0"), 8, host);
        }
    }

    private static void write(String file, String value) {
        try {
            Files.writeString(Path.of(file), value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
