package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.nftables.Nftables;
import org.berth.network.Networks.Network;
import org.berth.network.Networks.PublishedPort;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** As the daemon uses it: in the network namespace of this process. */
@KernelTest
class OwnHostTest {
    private static final Inet4Address LOOPBACK = TestHost.address("127.0.0.1");

    @Test
    void aPublishedPortOfThisHostIsAnsweredAndNothingIsLeft(Instance instance) throws Exception {
        try (LocalNetworks networks = new LocalNetworks(instance)) {
            networks.restore();
            Network network = networks.create("app", Optional.empty(), false, Map.of());
            try (NetworkNamespace namespace = NetworkNamespace.open(networks.createNamespace("web"));
                    ServerSocketChannel server =
                            namespace.call(() -> TestHost.listen(TestHost.address("0.0.0.0"), 80))) {
                Inet4Address address =
                        networks.attach("web", network.id(), Set.of("web")).address();
                List<PublishedPort> ports =
                        networks.publish("web", List.of(new PublishedPort(LOOPBACK, 0, 80, "tcp")), List.of(address));
                try (Socket client = new Socket()) {
                    client.connect(
                            new InetSocketAddress(LOOPBACK, ports.getFirst().hostPort()), 10_000);
                    assertThat(server.accept().socket().getInetAddress()).isEqualTo(network.gateway());
                }
            } finally {
                networks.publish("web", List.of(), List.of());
                networks.removeNamespace("web");
                networks.remove("app");
            }
        }
        assertThat(Nftables.list("list tables")).doesNotContain(instance.tag());
    }
}
