package org.berth.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.Instance;

/**
 * A daemon in folders of its own that answers a few requests and ends, so that an ahead-of-time cache
 * (JEP 483) has the classes that a start and the first commands need. It makes nothing host-wide.
 */
final class WarmUp {
    private static final List<String> REQUESTS = List.of(
            "HEAD /_ping",
            "GET /_ping",
            "GET /v1.48/version",
            "GET /v1.48/info",
            "GET /v1.48/containers/json?all=1&filters=%7B%22status%22%3A%5B%22running%22%5D%7D",
            "GET /v1.48/images/json",
            "GET /v1.48/networks",
            "GET /v1.48/volumes",
            "GET /v1.48/containers/none/json",
            "GET /v1.48/events?since=1&until=2",
            "GET /berth/v1/projects",
            "GET /berth/v1/projects/none",
            "GET /berth/v1/system");

    private WarmUp() {}

    static void run(BerthServer.Parts parts) throws IOException {
        Path folder = Files.createTempDirectory("berth-warm-");
        Instance instance = new Instance(folder.resolve("root"), folder.resolve("run"));
        try (BerthServer server = BerthServer.start(instance, parts)) {
            for (String request : REQUESTS) {
                exchange(instance.socket(), request, "");
            }
            exchange(instance.socket(), "POST /v1.48/containers/create?name=none", "{\"Image\": \"none\"}");
            exchange(instance.socket(), "PUT /berth/v1/projects/none", "{}");
            server.engine().containers();
        } finally {
            delete(folder);
        }
    }

    private static void exchange(Path socket, String request, String body) throws IOException {
        String text = request + " HTTP/1.1\r\nHost: berth\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer reply = ByteBuffer.allocate(64 * 1024);
            while (reply.hasRemaining() && channel.read(reply) >= 0) {
                // to the end of the reply
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
