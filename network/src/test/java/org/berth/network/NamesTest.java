package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.base.Instance;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** DNS as a container sees it, on the real kernel. */
@KernelTest
class NamesTest {
    @Test
    void namesResolveInTheirOwnNetwork(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            String network = host.networks()
                    .create("app", Optional.empty(), false, Map.of())
                    .id();
            NetworkNamespace web = host.container("web", "app", "web-1", "Alias");
            host.container("db", "app", "db-1");
            Resolver resolver = new Resolver(web, gateway(host, "app"));

            assertThat(resolver.addresses("db-1")).containsExactly(host.address("db", 0));
            assertThat(resolver.addresses("DB-1.app.")).containsExactly(host.address("db", 0));
            assertThat(resolver.addresses("alias")).containsExactly(host.address("web", 0));
            assertThat(resolver.addresses("host.docker.internal")).containsExactly(gateway(host, "app"));
            assertThat(resolver.name(host.address("db", 0))).isEqualTo("db-1.app.");

            host.networks().detach("db", network);
            assertThat(resolver.ask("db-1", Type.A, false).getRcode()).isEqualTo(Rcode.SERVFAIL); // no resolver there
        }
    }

    @Test
    void aServiceIsItsReadyReplicasInTurn(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            String network = host.networks()
                    .create("app", Optional.empty(), false, Map.of())
                    .id();
            Resolver resolver = new Resolver(host.container("client", "app"), gateway(host, "app"));
            Inet4Address one = TestHost.address("10.1.1.1");
            Inet4Address two = TestHost.address("10.1.1.2");
            host.networks().setServices(network, "project/web", Map.of("web", List.of(one, two)));

            TreeSet<String> first = new TreeSet<>();
            for (int i = 0; i < 4; i++) {
                List<Inet4Address> answer = resolver.addresses("web");
                assertThat(answer).containsExactlyInAnyOrder(one, two);
                first.add(answer.getFirst().getHostAddress());
            }
            assertThat(first).hasSize(2);

            host.networks().setServices(network, "project/web", Map.of("web", List.of(two)));
            assertThat(resolver.addresses("web")).containsExactly(two);
            assertThat(resolver.ask("web", Type.AAAA, false).getRcode()).isEqualTo(Rcode.NOERROR);
            host.networks().setServices(network, "project/web", Map.of("web", List.of()));
            assertThat(resolver.addresses("web")).isEmpty();
            assertThat(resolver.ask("web", Type.A, false).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void aMemberOfTwoNetworksKnowsTheNamesOfBoth(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("front", Optional.empty(), false, Map.of());
            String back = host.networks()
                    .create("back", Optional.empty(), false, Map.of())
                    .id();
            Resolver resolver = new Resolver(host.container("web", "front", "web-1"), gateway(host, "front"));
            host.container("db", "back", "db-1");
            assertThat(resolver.ask("db-1", Type.A, false).getRcode()).isNotEqualTo(Rcode.NOERROR);

            host.networks().attach("web", back, Set.of("web-1"));
            assertThat(resolver.addresses("db-1")).containsExactly(host.address("db", 0));
            assertThat(resolver.name(host.address("db", 0))).isEqualTo("db-1.back.");
            host.networks().detach("web", back);
            assertThat(resolver.ask("db-1", Type.A, false).getRcode()).isNotEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void otherNamesAreAskedOfTheHostsResolver(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance);
                UpstreamResolver upstream = new UpstreamResolver(host.neighbour, TestHost.NEIGHBOUR)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            Resolver resolver = new Resolver(host.container("client", "app"), gateway(host, "app"));

            assertThat(resolver.addresses("example.org")).containsExactly(UpstreamResolver.ANSWER);
            assertThat(resolver.ask("example.org", Type.A, true).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(resolver.ask("missing.example.org", Type.A, false).getRcode())
                    .isEqualTo(Rcode.NXDOMAIN);
            assertThat(upstream.asked()).contains("example.org.", "missing.example.org.");
            int before = upstream.questions();
            assertThat(resolver.ask("failing.example.org", Type.A, false).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
            assertThat(upstream.questions()).isGreaterThan(before + 1); // another one might have known
        }
    }

    /** CVE-2024-29018: questions of an internal network reached resolvers outside, and data with them. */
    @Test
    void anInternalNetworkAsksNobodyOutsideCve202429018(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance);
                UpstreamResolver upstream = new UpstreamResolver(host.neighbour, TestHost.NEIGHBOUR)) {
            host.networks().create("closed", Optional.empty(), true, Map.of());
            String open = host.networks()
                    .create("open", Optional.empty(), false, Map.of())
                    .id();
            Resolver resolver = new Resolver(host.container("web", "closed", "web-1"), gateway(host, "closed"));
            assertThat(resolver.addresses("web-1")).hasSize(1);
            for (boolean stream : List.of(false, true)) {
                assertThat(resolver.ask("secret.example.org", Type.A, stream).getRcode())
                        .isEqualTo(Rcode.SERVFAIL);
            }
            assertThat(upstream.asked()).isEmpty();

            host.networks().attach("web", open, Set.of());
            assertThat(resolver.addresses("example.org")).containsExactly(UpstreamResolver.ANSWER);
        }
    }

    @Test
    void anotherNetworkIsNotAnswered(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            host.networks().create("other", Optional.empty(), false, Map.of());
            NetworkNamespace stranger = host.container("stranger", "other");
            host.container("db", "app", "db-1");

            byte[] query = Resolver.query("db-1", Type.A).toWire();
            try (DatagramSocket socket = stranger.call(Resolver::socket)) {
                socket.setSoTimeout(500);
                socket.send(new DatagramPacket(query, query.length, gateway(host, "app"), 53));
                DatagramPacket answer = new DatagramPacket(new byte[512], 512);
                assertThat(received(socket, answer)).isFalse();
            }
            assertThat(new Resolver(stranger, gateway(host, "other"))
                            .ask("db-1", Type.A, false)
                            .getRcode())
                    .isNotEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void namesResolveAgainAfterARestart(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            String network = host.networks()
                    .create("app", Optional.empty(), false, Map.of())
                    .id();
            NetworkNamespace web = host.container("web", "app", "web-1");
            Inet4Address one = TestHost.address("10.1.1.1");
            host.networks().setServices(network, "project/web", Map.of("web", List.of(one)));
            host.restart();

            Resolver resolver = new Resolver(web, gateway(host, "app"));
            assertThat(resolver.addresses("web")).containsExactly(one);
            assertThat(resolver.addresses("web-1")).containsExactly(host.address("web", 0));
        }
    }

    @Test
    void namesResolveWhereAProgramOfTheHostHasPort53(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.greet(host.host, TestHost.address("0.0.0.0"), 53, "another resolver");
            DatagramSocket taken = host.keep(host.host.call(() -> Resolver.socket(53)));
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace web = host.container("web", "app", "web-1");
            Resolver resolver = new Resolver(web, gateway(host, "app"));

            assertThat(resolver.addresses("web-1")).containsExactly(host.address("web", 0));
            assertThat(resolver.ask("web-1", Type.A, true).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(taken.isClosed()).isFalse();
        }
    }

    private static boolean received(DatagramSocket socket, DatagramPacket packet) throws IOException {
        try {
            socket.receive(packet);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static Inet4Address gateway(TestHost host, String network) {
        return host.networks().find(network).orElseThrow().gateway();
    }
}
