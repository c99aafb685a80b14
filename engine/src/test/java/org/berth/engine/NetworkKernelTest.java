package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.network.Networks.PublishedPort;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Containers on networks: addresses, names, files, published ports. */
@KernelTest
@NeedsBusybox
class NetworkKernelTest {
    @Test
    void namesAndAddresses(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            node.engine.networks().create("back", Optional.empty(), false, Map.of());
            Samples server = Samples.shell("echo answer | nc -l -p 9000; sleep 1000");
            server.name = Optional.of("server");
            server.networkMode = NetworkMode.NETWORKS;
            server.networks = List.of(new NetworkAttachment("back", Set.of("db")));
            String id = node.start(server);
            assertThat(node.containers().get(id).networks()).containsOnlyKeys("back");
            Samples client = Samples.shell(
                    "hostname; cat /etc/hosts /etc/resolv.conf; for i in 1 2 3 4 5 6 7 8 9; do nc db 9000 && break; sleep 0.2; done");
            client.networkMode = NetworkMode.NETWORKS;
            client.networks = List.of(new NetworkAttachment("back", Set.of()));
            client.hostname = Optional.of("asker");
            String output = node.output(client);
            assertThat(output)
                    .startsWith("asker\n")
                    .contains("\tasker\n")
                    .contains("nameserver ")
                    .endsWith("answer\n");
        }
    }

    @Test
    void noneAndTheHosts(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples none = Samples.run("ip", "-o", "link");
            assertThat(node.output(none).lines()).singleElement().asString().contains("lo:");
            Samples host = Samples.run("ip", "-o", "link");
            host.networkMode = NetworkMode.HOST;
            assertThat(node.output(host).lines().count()).isGreaterThan(1);
        }
    }

    @Test
    void publishedPorts(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples server = Samples.shell("while true; do echo answer | nc -l -p 80; done");
            server.networkMode = NetworkMode.NETWORKS;
            Inet4Address loopback = (Inet4Address) InetAddress.ofLiteral("127.0.0.1");
            server.ports = List.of(new PublishedPort(loopback, 0, 80, "tcp"));
            String id = node.start(server);
            int port = node.containers().get(id).ports().getFirst().hostPort();
            assertThat(port).isPositive();
            TestNode.eventually("an answer", () -> "answer\n".equals(ask(port)));
            Samples clash = Samples.run("true");
            clash.networkMode = NetworkMode.NETWORKS;
            clash.ports = List.of(new PublishedPort(loopback, port, 80, "tcp"));
            assertThatThrownBy(() -> node.start(clash)).hasMessageContaining(Integer.toString(port));
            node.containers().remove(id, true, true);
            assertThat(node.engine.networks().published()).isEmpty();
        }
    }

    @Test
    void connectAndDisconnect(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            node.engine.networks().create("back", Optional.empty(), false, Map.of());
            Samples request = Samples.run("sleep", "1000");
            request.networkMode = NetworkMode.NETWORKS;
            String id = node.start(request);
            node.containers().connect(id, new NetworkAttachment("back", Set.of("other")));
            assertThat(node.containers().get(id).networks()).containsOnlyKeys("bridge", "back");
            node.containers().disconnect(id, "bridge");
            assertThat(node.containers().get(id).networks()).containsOnlyKeys("back");
            assertThatThrownBy(() -> node.containers().disconnect(id, "bridge"))
                    .hasMessageContaining("is not connected");
        }
    }

    private static String ask(int port) {
        try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            socket.setSoTimeout(1000);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
