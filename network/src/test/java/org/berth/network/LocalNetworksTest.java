package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.Inet4Address;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.netlink.Link;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;
import org.berth.linux.nftables.Nftables;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.network.Networks.PublishedPort;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Networks on the real kernel, in namespaces of the test's own. */
@KernelTest
class LocalNetworksTest {
    private static final Inet4Address LOOPBACK = TestHost.address("127.0.0.1");

    /** Milliseconds in which a packet that is dropped would have been answered. */
    private static final int DROPPED_MILLISECONDS = 700;

    @Test
    void containersOfANetworkReachEachOtherAndTheWorld(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace web = host.container("web", "app", "web-1");
            NetworkNamespace database = host.container("db", "app", "db-1");
            Inet4Address address = host.address("db", 0);
            host.greet(database, address, 5432, "db");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");

            assertThat(host.greeting(web, address, 5432))
                    .isEqualTo("db " + host.address("web", 0).getHostAddress());
            assertThat(host.greeting(web, TestHost.NEIGHBOUR, 80))
                    .isEqualTo("neighbour " + TestHost.ADDRESS.getHostAddress());
        }
    }

    @Test
    void networksDoNotMeet(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            host.networks().create("other", Optional.empty(), false, Map.of());
            NetworkNamespace server = host.container("server", "app");
            NetworkNamespace stranger = host.container("stranger", "other");
            host.greet(server, host.address("server", 0), 80, "server");

            assertThatThrownBy(() -> host.connect(stranger, host.address("server", 0), 80, DROPPED_MILLISECONDS))
                    .isInstanceOf(SocketTimeoutException.class);
            try (RouteSocket beyond = RouteSocket.open(host.neighbour)) {
                beyond.addDefaultRoute(TestHost.ADDRESS);
            }
            assertThatThrownBy(() -> host.connect(host.neighbour, host.address("server", 0), 80, DROPPED_MILLISECONDS))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(host.greeting(host.host, host.address("server", 0), 80)).startsWith("server ");
        }
    }

    @Test
    void anInternalNetworkHasNoWayOut(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("closed", Optional.empty(), true, Map.of());
            NetworkNamespace inside = host.container("inside", "closed");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");
            assertThatThrownBy(() -> host.connect(inside, TestHost.NEIGHBOUR, 80, DROPPED_MILLISECONDS))
                    .hasMessageContaining("unreachable");

            Inet4Address gateway = host.networks().find("closed").orElseThrow().gateway();
            try (RouteSocket socket = RouteSocket.open(inside)) {
                socket.addDefaultRoute(gateway); // by a root of the container that has the capability
            }
            assertThatThrownBy(() -> host.connect(inside, TestHost.NEIGHBOUR, 80, DROPPED_MILLISECONDS))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void theDefaultRouteMovesToTheNextInterface(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            String first = host.networks()
                    .create("first", Optional.empty(), false, Map.of())
                    .id();
            String second = host.networks()
                    .create("second", Optional.empty(), false, Map.of())
                    .id();
            NetworkNamespace web = host.container("web", "first");
            host.networks().attach("web", second, Set.of());
            assertThat(host.networks().attachments("web"))
                    .extracting(Attachment::interfaceName)
                    .containsExactly("eth0", "eth1");
            host.networks().detach("web", first);

            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");
            assertThat(host.greeting(web, TestHost.NEIGHBOUR, 80)).startsWith("neighbour ");
            assertThatThrownBy(() -> host.networks().remove("second"))
                    .hasMessage("network second is in use by web; detach it first");
        }
    }

    /** Goal: a daemon's end and return disturb nothing. */
    @Test
    void aRestartKeepsConnections(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace web = host.container("web", "app");
            Inet4Address address = host.address("web", 0);
            host.greet(web, address, 80, "web");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");
            List<PublishedPort> ports = List.of(new PublishedPort(LOOPBACK, 8080, 80, "tcp"));
            host.networks().publish("web", ports, List.of(address));
            List<Network> networks = host.networks().list();
            try (Socket in = host.connect(host.host, LOOPBACK, 8080);
                    Socket out = host.connect(web, TestHost.NEIGHBOUR, 80)) {
                TestHost.line(in);
                TestHost.line(out);
                host.networks().close();
                assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web "); // no daemon at all
                host.restart();

                assertThat(echoed(in)).isEqualTo("still here");
                assertThat(echoed(out)).isEqualTo("still here");
            }
            assertThat(host.networks().list()).isEqualTo(networks);
            assertThat(host.networks().published()).isEqualTo(Map.of("web", ports));
            assertThat(host.address("web", 0)).isEqualTo(address);
            assertThatThrownBy(() -> host.greet(host.host, LOOPBACK, 8080, "thief"))
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void aNetworkWhoseRecordIsDamagedKeepsNoOtherAway(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            Network bad = host.networks().create("bad", Optional.empty(), false, Map.of());
            host.networks().create("good", Optional.empty(), false, Map.of());
            host.container("web", "bad", "web");
            host.networks().close();
            Path record = instance.root().resolve("networks").resolve(bad.id() + ".json");
            Files.writeString(record, Files.readString(record).replace(bad.subnet(), "everywhere"));
            host.restart();
            assertThat(host.networks().list()).extracting(Network::name).containsExactly("good");

            host.networks().close();
            Files.writeString(record, "{\"version\":5}");
            assertThatThrownBy(host::restart)
                    .isInstanceOf(BerthException.class)
                    .hasMessageContainingAll(record.toString(), "version 5", "BERTH_ROOT");
            Files.delete(record);
            host.restart();
        }
    }

    @Test
    void networksComeBackAfterAReboot(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            Network network = host.networks().create("app", Optional.empty(), false, Map.of("a", "b"));
            host.container("web", "app");
            host.networks()
                    .publish(
                            "web",
                            List.of(new PublishedPort(LOOPBACK, 8080, 80, "tcp")),
                            List.of(host.address("web", 0)));
            host.reboot();

            assertThat(host.networks().list()).containsExactly(network);
            assertThat(host.networks().attachments("web")).isEmpty();
            assertThat(host.networks().published()).isEmpty();
            NetworkNamespace web = host.container("web", "app");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");
            assertThat(host.greeting(web, TestHost.NEIGHBOUR, 80)).startsWith("neighbour ");
        }
    }

    /** A firewall's reload begins with "flush ruleset", which wipes everybody's rules. */
    @Test
    void rulesThatAnotherProgramRemovedComeBack(Instance instance) throws Exception {
        Path command = Path.of("/usr/sbin/nft");
        assumeTrue(Files.isExecutable(command), command + " is not installed");
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace web = host.container("web", "app");
            host.greet(web, host.address("web", 0), 80, "web");
            List<PublishedPort> ports = List.of(new PublishedPort(LOOPBACK, 8080, 80, "tcp"));
            host.networks().publish("web", ports, List.of(host.address("web", 0)));

            assertThat(host.run(List.of(command.toString(), "flush", "ruleset")))
                    .isZero();
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            String table = "berth_" + instance.tag();
            while (!host.host.call(() -> Nftables.list("list tables")).contains(table)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
            assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web ");
        }
    }

    /** Two daemons on one host: nothing of the one is in the other's way. */
    @Test
    void instancesLiveSideBySide(Instance instance) throws Exception {
        Instance second =
                new Instance(instance.root().resolve("2"), instance.run().resolve("2"));
        try (TestHost host = new TestHost(instance);
                LocalNetworks others = host.start(second)) {
            Network one = host.networks().create("app", Optional.empty(), false, Map.of());
            Network other = others.create("app", Optional.empty(), false, Map.of());
            assertThat(Subnet.parse(one.subnet()).overlaps(Subnet.parse(other.subnet())))
                    .isFalse();
            NetworkNamespace web = host.container("web", "app");
            host.greet(web, host.address("web", 0), 80, "web");
            NetworkNamespace stranger = host.keep(NetworkNamespace.open(others.createNamespace("stranger")));
            others.attach("stranger", other.id(), Set.of());
            host.networks()
                    .publish(
                            "web",
                            List.of(new PublishedPort(TestHost.ADDRESS, 8080, 80, "tcp")),
                            List.of(host.address("web", 0)));

            assertThat(host.greeting(stranger, TestHost.ADDRESS, 8080)).startsWith("web ");
            assertThatThrownBy(() -> host.connect(stranger, host.address("web", 0), 80, DROPPED_MILLISECONDS))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> others.publish(
                            "thief", List.of(new PublishedPort(TestHost.ADDRESS, 8080, 80, "tcp")), List.of()))
                    .hasMessageStartingWith("port 198.51.100.1:8080 is in use by another program");
            others.removeNamespace("stranger");
            others.remove("app");
            assertThat(host.greeting(host.neighbour, TestHost.ADDRESS, 8080)).startsWith("web ");
        }
    }

    /** A bridge that someone deleted comes back with its members. */
    @Test
    void aLostBridgeIsMadeAgain(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            String bridge = host.networks()
                    .create("app", Optional.empty(), false, Map.of())
                    .bridge();
            NetworkNamespace web = host.container("web", "app");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");
            try (RouteSocket socket = RouteSocket.open(host.host)) {
                socket.delete(socket.link(bridge).orElseThrow());
            }
            host.restart();

            assertThat(host.greeting(web, TestHost.NEIGHBOUR, 80)).startsWith("neighbour ");
        }
    }

    @Test
    void nothingIsLeftWhenTheLastNetworkGoes(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            assertThat(host.host.call(() -> Nftables.list("list tables"))).contains("berth_" + instance.tag());
            host.networks().remove("app");

            assertThat(host.host.call(() -> Nftables.list("list tables"))).doesNotContain("berth_");
            try (RouteSocket socket = RouteSocket.open(host.host)) {
                assertThat(socket.links()).extracting(Link::name).noneMatch(name -> name.contains(instance.tag()));
            }
        }
    }

    /** A daemon died between making an interface and recording it. */
    @Test
    void unknownInterfacesOfTheInstanceAreRemoved(Instance instance) {
        try (TestHost host = new TestHost(instance);
                RouteSocket socket = RouteSocket.open(host.host)) {
            socket.createBridge("br" + instance.tag() + "-zzzzzz", MacAddress.of(TestHost.address("10.9.9.9")), 1400);
            host.restart();
            assertThat(socket.link("br" + instance.tag() + "-zzzzzz")).isEmpty();
            assertThat(socket.link("lan0")).isPresent();
        }
    }

    @Test
    void subnetsThatTheHostRoutesToAreRefused(Instance instance) {
        try (TestHost host = new TestHost(instance)) {
            assertThatThrownBy(() -> host.networks().create("app", Optional.of("198.51.100.128/25"), false, Map.of()))
                    .hasMessage("network app: subnet 198.51.100.128/25 overlaps 198.51.100.0/24,"
                            + " which this host has a route to; choose another");
            assertThat(host.networks()
                            .create("app", Optional.of("10.1.2.0/28"), false, Map.of())
                            .gateway())
                    .isEqualTo(TestHost.address("10.1.2.1"));
        }
    }

    @Test
    void recordsOfAnUnknownVersionAreRefusedByName(Instance instance) throws Exception {
        Path folder = Files.createDirectories(instance.root().resolve("networks"));
        Files.writeString(folder.resolve("n.json"), "{\"version\":99}");
        assertThatThrownBy(() -> new TestHost(instance).close())
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining("n.json is of version 99, this Berth knows version 1");
    }

    private static String echoed(Socket socket) throws Exception {
        socket.getOutputStream().write("still here\n".getBytes(StandardCharsets.US_ASCII));
        return TestHost.line(socket);
    }
}
