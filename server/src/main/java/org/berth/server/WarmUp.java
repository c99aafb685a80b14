package org.berth.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.berth.server.http.Api;
import org.berth.server.http.Routes;
import org.berth.server.http.SocketServer;

/** Serves one request in a folder of its own, so that an ahead-of-time cache has the classes a start needs. */
final class WarmUp {
    private static final String REQUEST = "GET /_ping HTTP/1.1\r\nHost: berth\r\nConnection: close\r\n\r\n";

    private WarmUp() {}

    static void run() throws IOException {
        Path folder = Files.createTempDirectory("berth-warm-");
        Path socket = folder.resolve("berth.sock");
        Routes routes = new Routes().add("GET", "/_ping", exchange -> exchange.json(200, Map.of("message", "OK")));
        try (SocketServer server = SocketServer.listen(socket, new Api(routes, Map.of()));
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer reply = ByteBuffer.allocate(4096);
            while (reply.hasRemaining() && channel.read(reply) >= 0) {
                // to the end of the reply
            }
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(folder);
        }
    }
}
