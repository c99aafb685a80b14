package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.JsonTree;
import org.berth.network.Networks.PublishedPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is said to slirp4netns, to one that answers as version 1.2 does. */
class SlirpPortsTest {
    private static final PublishedPort WEB = port("127.0.0.1", 8080, "tcp");
    private static final PublishedPort NAMES = port("0.0.0.0", 5353, "udp");

    private final List<String> said = Collections.synchronizedList(new ArrayList<>());
    private final List<String> forwards = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean refuses;

    @TempDir
    Path folder;

    private ServerSocketChannel server;
    private SlirpPorts ports;

    @BeforeEach
    void listen() throws IOException {
        Path socket = folder.resolve("api.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        ports = new SlirpPorts(socket);
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    try (SocketChannel client = server.accept()) {
                        answer(client);
                    }
                }
            } catch (IOException e) {
                // closed: the test is over
            }
        });
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void answer(SocketChannel client) throws IOException {
        JsonNode request = JsonTree.read(Channels.newInputStream(client).readAllBytes());
        JsonNode arguments = request.path("arguments");
        String answer = switch (request.path("execute").asString("")) {
            case "list_hostfwd" -> "{\"entries\":[" + String.join(",", forwards) + "]}";
            case "add_hostfwd" -> {
                said.add("add " + arguments);
                if (refuses) {
                    yield "{\"error\":{\"desc\":\"bad request: add_hostfwd: slirp_add_hostfwd failed\"}}";
                }
                int id = forwards.size() + 1;
                forwards.add("{\"id\":%d,\"proto\":\"%s\",\"host_addr\":\"%s\",\"host_port\":%d}"
                        .formatted(
                                id,
                                arguments.path("proto").asString(""),
                                arguments.path("host_addr").asString(""),
                                arguments.path("host_port").asInt(0)));
                yield "{\"return\":{\"id\":" + id + "}}";
            }
            default -> {
                said.add("remove " + arguments.path("id").asInt(0));
                yield "{\"return\":{}}";
            }
        };
        client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aPortIsLedToTheSamePortInside() {
        ports.open(WEB);
        assertThat(said)
                .containsExactly(
                        "add {\"proto\":\"tcp\",\"host_addr\":\"127.0.0.1\",\"host_port\":8080,\"guest_port\":8080}");
    }

    @Test
    void whatAnEarlierDaemonOpenedIsFine() {
        ports.open(WEB);
        ports.open(WEB);
        assertThat(said).hasSize(1);
    }

    @Test
    void aRefusalNamesThePort() {
        refuses = true;
        assertThatThrownBy(() -> ports.open(WEB))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("port 127.0.0.1:8080 can't be had: it is in use");
        assertThatThrownBy(() -> ports.open(port("0.0.0.0", 80, "tcp")))
                .hasMessageContaining("unprivileged_port_start");
    }

    @Test
    void whatIsNotPublishedAnyMoreIsLetGoOf() {
        ports.open(WEB);
        ports.open(NAMES);
        ports.keepOnly(Set.of(WEB));
        ports.close(WEB);
        ports.close(port("127.0.0.1", 9, "tcp"));
        assertThat(said).endsWith("remove 2", "remove 1").hasSize(4);
    }

    @Test
    void rulesSeeEachPortOnEveryAddress() {
        assertThat(ports.inside(WEB).address().isAnyLocalAddress()).isTrue();
        assertThat(ports.inside(WEB).hostPort()).isEqualTo(8080);
    }

    @Test
    void itsEndIsSaid() throws IOException {
        server.close();
        assertThatThrownBy(() -> ports.open(WEB)).hasMessageContaining("slirp4netns does not answer");
    }

    private static PublishedPort port(String address, int number, String protocol) {
        return new PublishedPort((Inet4Address) InetAddress.ofLiteral(address), number, 80, protocol);
    }
}
