package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.network.Networks.PublishedPort;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Published ports on the real kernel, in namespaces of the test's own. */
@KernelTest
class PublishedPortsTest {
    private static final Inet4Address LOOPBACK = TestHost.address("127.0.0.1");
    private static final Inet4Address EVERYWHERE = TestHost.address("0.0.0.0");

    @Test
    void connectionsOfTheHostAreBalancedOverTheBackends(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 2);
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);

            Set<String> answered = new TreeSet<>();
            for (int i = 0; i < 4; i++) {
                answered.add(host.greeting(host.host, LOOPBACK, 8080));
            }
            String gateway = host.networks().find("app").orElseThrow().gateway().getHostAddress();
            assertThat(answered).containsExactly("web-0 " + gateway, "web-1 " + gateway);
        }
    }

    /** Else a client's packets would go, again and again, to where nobody answers, until it gives up. */
    @Test
    void aNamespaceThatGoesIsOutOfTheBalanceFirst(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 2);
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);

            host.networks().removeNamespace("web-0");

            for (int i = 0; i < 4; i++) {
                assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web-1 ");
            }
        }
    }

    @Test
    void otherHostsReachAPortPublishedEverywhereAndKeepTheirAddress(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            host.networks().publish("web", List.of(tcp(EVERYWHERE, 8080)), backends);

            assertThat(host.greeting(host.neighbour, TestHost.ADDRESS, 8080))
                    .isEqualTo("web-0 " + TestHost.NEIGHBOUR.getHostAddress());
            assertThat(host.greeting(host.host, TestHost.ADDRESS, 8080))
                    .isEqualTo("web-0 " + TestHost.ADDRESS.getHostAddress());
            assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web-0 ");
        }
    }

    @Test
    void containersReachAPublishedPortAlsoTheirOwn(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            NetworkNamespace self =
                    host.keep(NetworkNamespace.open(instance.run().resolve("netns/web-0")));
            NetworkNamespace near = host.container("near", "app");
            host.networks().create("other", Optional.empty(), false, Map.of());
            NetworkNamespace far = host.container("far", "other");
            host.networks().publish("web", List.of(tcp(EVERYWHERE, 8080)), backends);

            String gateway = host.networks().find("app").orElseThrow().gateway().getHostAddress();
            assertThat(host.greeting(self, TestHost.ADDRESS, 8080)).isEqualTo("web-0 " + gateway);
            assertThat(host.greeting(near, TestHost.ADDRESS, 8080)).isEqualTo("web-0 " + gateway);
            assertThat(host.greeting(far, TestHost.ADDRESS, 8080))
                    .isEqualTo("web-0 " + host.address("far", 0).getHostAddress());
        }
    }

    /** The same where bridged packets don't pass the rules: hosts differ in that. */
    @Test
    void containersReachAPublishedPortWithoutFilteredBridges(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.filterBridges(false);
            List<Inet4Address> backends = replicas(host, "app", 1);
            NetworkNamespace self =
                    host.keep(NetworkNamespace.open(instance.run().resolve("netns/web-0")));
            NetworkNamespace near = host.container("near", "app");
            host.networks().publish("web", List.of(tcp(EVERYWHERE, 8080)), backends);

            assertThat(host.greeting(self, TestHost.ADDRESS, 8080)).startsWith("web-0 ");
            assertThat(host.greeting(near, TestHost.ADDRESS, 8080)).startsWith("web-0 ");
            assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web-0 ");
        }
    }

    @Test
    void aPortWithoutBackendsRefusesAtOnce(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            host.networks().publish("web", List.of(tcp(EVERYWHERE, 8080), udp(EVERYWHERE, 5353)), List.of());

            assertThatThrownBy(() -> host.greeting(host.host, LOOPBACK, 8080)).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> host.greeting(host.neighbour, TestHost.ADDRESS, 8080))
                    .isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> exchange(host.host, LOOPBACK, 5353)).isInstanceOf(PortUnreachableException.class);
        }
    }

    @Test
    void datagramsReachAPublishedPort(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace server = host.container("server", "app");
            Inet4Address address = host.address("server", 0);
            DatagramSocket socket = host.keep(server.call(() -> datagrams(address, 53)));
            Thread.ofVirtual().start(() -> answer(socket, "hello"));
            host.networks()
                    .publish("server", List.of(new PublishedPort(EVERYWHERE, 5353, 53, "udp")), List.of(address));

            assertThat(exchange(host.host, LOOPBACK, 5353)).isEqualTo("hello");
            assertThat(exchange(host.neighbour, TestHost.ADDRESS, 5353)).isEqualTo("hello");
        }
    }

    /** A client that goes on sending from one port is one connection to the kernel. */
    @Test
    void aClientOfDatagramsMeetsTheNewBackend(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            for (String name : List.of("one", "two")) {
                NetworkNamespace server = host.container(name, "app");
                Inet4Address address = host.address(name, 0);
                DatagramSocket socket = host.keep(server.call(() -> datagrams(address, 53)));
                Thread.ofVirtual().start(() -> answer(socket, name));
            }
            List<PublishedPort> ports = List.of(udp(LOOPBACK, 5353));
            try (DatagramSocket client = host.host.call(() -> datagrams(EVERYWHERE, 0))) {
                client.setSoTimeout(10_000);
                client.connect(new InetSocketAddress(LOOPBACK, 5353));
                for (String name : List.of("one", "two", "one")) {
                    host.networks().publish("dns", ports, List.of(host.address(name, 0)));
                    assertThat(exchange(client)).isEqualTo(name);
                }
                host.networks().publish("dns", ports, List.of());
                assertThatThrownBy(() -> exchange(client)).isInstanceOf(PortUnreachableException.class);
            }
        }
    }

    @Test
    void aPortInUseIsAConflictByNameAndNothingChanges(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            host.greet(host.host, LOOPBACK, 8081, "another program");
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);

            assertThatThrownBy(() ->
                            host.networks().publish("web", List.of(tcp(LOOPBACK, 8082), tcp(LOOPBACK, 8081)), backends))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                    .hasMessage("port 127.0.0.1:8081 is in use by another program; choose another in ports:");
            assertThat(host.networks().published()).isEqualTo(Map.of("web", List.of(tcp(LOOPBACK, 8080))));
            assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web-0 ");
            host.networks().publish("other", List.of(tcp(LOOPBACK, 8082)), backends); // not held by the failure

            assertThatThrownBy(() -> host.networks().publish("third", List.of(tcp(EVERYWHERE, 8082)), backends))
                    .hasMessage("port 0.0.0.0:8082 is published by other already; choose another in ports:");
        }
    }

    @Test
    void port53CanBePublishedOnOneAddress(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            assertThatThrownBy(() -> host.networks().publish("dns", List.of(tcp(EVERYWHERE, 53)), backends))
                    .hasMessage("port 0.0.0.0:53 is in use by the DNS of Berth's networks;"
                            + " publish it on one address of this host in ports:");
            host.networks().publish("dns", List.of(tcp(TestHost.ADDRESS, 53)), backends);
            assertThat(host.greeting(host.neighbour, TestHost.ADDRESS, 53)).startsWith("web-0 ");
        }
    }

    @Test
    void noOtherProgramTakesAPublishedPort(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);
            assertThatThrownBy(() -> host.greet(host.host, LOOPBACK, 8080, "thief"))
                    .hasMessageContaining("in use");

            host.networks().publish("web", List.of(), List.of());
            host.greet(host.host, LOOPBACK, 8080, "heir");
            assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("heir ");
        }
    }

    @Test
    void aFreePortIsChosenAndKept(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 2);
            List<PublishedPort> chosen =
                    host.networks().publish("web", List.of(tcp(LOOPBACK, 0)), backends.subList(0, 1));
            assertThat(host.greeting(host.host, LOOPBACK, chosen.getFirst().hostPort()))
                    .startsWith("web-0 ");

            assertThat(host.networks().publish("web", List.of(tcp(LOOPBACK, 0)), backends))
                    .isEqualTo(chosen);
        }
    }

    @Test
    void aPublicationCanMoveToAWiderAddress(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 1);
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);
            host.networks().publish("web", List.of(tcp(EVERYWHERE, 8080)), backends);

            assertThat(host.greeting(host.neighbour, TestHost.ADDRESS, 8080)).startsWith("web-0 ");
        }
    }

    /** Goal: an update has no gap. Method: connect without pause while backends change; count what fails. */
    @Test
    void updatesLoseNoConnection(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            List<Inet4Address> backends = replicas(host, "app", 2);
            host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), backends);
            AtomicBoolean going = new AtomicBoolean(true);
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger failed = new AtomicInteger();
            Thread client = Thread.ofPlatform().start(() -> {
                while (going.get()) {
                    try {
                        assertThat(host.greeting(host.host, LOOPBACK, 8080)).startsWith("web-");
                        answered.incrementAndGet();
                    } catch (IOException | AssertionError e) {
                        failed.incrementAndGet();
                    }
                }
            });
            try (Socket established = host.connect(host.host, LOOPBACK, 8080)) {
                TestHost.line(established);
                for (int i = 0; i < 30; i++) {
                    host.networks().publish("web", List.of(tcp(LOOPBACK, 8080)), List.of(backends.get(i % 2)));
                }
                established.getOutputStream().write("still here\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(TestHost.line(established)).isEqualTo("still here");
            }
            going.set(false);
            client.join();
            assertThat(failed).hasValue(0);
            assertThat(answered).hasPositiveValue();
        }
    }

    private static List<Inet4Address> replicas(TestHost host, String network, int count) {
        host.networks().create(network, Optional.empty(), false, Map.of());
        return IntStream.range(0, count)
                .mapToObj(number -> {
                    String name = "web-" + number;
                    NetworkNamespace namespace = host.container(name, network, name);
                    Inet4Address address = host.address(name, 0);
                    host.greet(namespace, address, 80, name);
                    return address;
                })
                .toList();
    }

    private static PublishedPort tcp(Inet4Address address, int port) {
        return new PublishedPort(address, port, 80, "tcp");
    }

    private static PublishedPort udp(Inet4Address address, int port) {
        return new PublishedPort(address, port, 53, "udp");
    }

    private static String exchange(NetworkNamespace from, InetAddress address, int port) throws IOException {
        try (DatagramSocket socket = from.call(() -> datagrams(EVERYWHERE, 0))) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress(address, port));
            return exchange(socket);
        }
    }

    private static String exchange(DatagramSocket socket) throws IOException {
        byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
        socket.send(new DatagramPacket(hello, hello.length));
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        socket.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }

    private static DatagramSocket datagrams(Inet4Address address, int port) {
        try {
            return DatagramChannel.open(StandardProtocolFamily.INET)
                    .bind(new InetSocketAddress(address, port))
                    .socket();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answer(DatagramSocket socket, String words) {
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                socket.receive(packet);
                packet.setData(words.getBytes(StandardCharsets.US_ASCII));
                socket.send(packet);
            } catch (IOException e) {
                return;
            }
        }
    }
}
