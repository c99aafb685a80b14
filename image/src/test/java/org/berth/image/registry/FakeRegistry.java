package org.berth.image.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;

/** An HTTP server that misbehaves as a test says; what a real registry can't be made to do. */
public final class FakeRegistry implements AutoCloseable {
    private final HttpServer server;
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private FakeRegistry(HttpServer server) {
        this.server = server;
    }

    /** Answers one request. */
    @FunctionalInterface
    public interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    /** Starts a server whose every request the handler answers. */
    public static FakeRegistry start(Handler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        FakeRegistry registry = new FakeRegistry(server);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            registry.requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
        return registry;
    }

    /** "127.0.0.1:5000". */
    public String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** What was asked, in order: "GET /v2/app/manifests/1". */
    public List<String> requests() {
        return requests;
    }

    /** Answers with a status, headers and a body. */
    public static void answer(HttpExchange exchange, int status, Map<String, String> headers, byte[] body)
            throws IOException {
        headers.forEach(exchange.getResponseHeaders()::add);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** Answers with an error as registries put it. */
    public static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
        answer(
                exchange,
                status,
                Map.of("Content-Type", "application/json"),
                "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}"
                        .formatted(code, message)
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** An image of one layer, and the documents around it. */
    public record Content(byte[] manifest, byte[] config, byte[] layer) {
        /** An image with this uncompressed layer. */
        public static Content of(byte[] layer) {
            byte[] config = ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"]},"
                            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + Digest.of(layer) + "\"]}}")
                    .getBytes(StandardCharsets.UTF_8);
            byte[] manifest = Documents.write(Manifest.of(
                    BlobDescriptor.of(MediaTypes.CONFIG, Digest.of(config).toString(), config.length),
                    List.of(BlobDescriptor.of(MediaTypes.LAYER, Digest.of(layer).toString(), layer.length))));
            return new Content(manifest, config, layer);
        }

        /** Serves the image, whatever its name. */
        public void serve(HttpExchange exchange) throws IOException {
            String path = exchange.getRequestURI().getPath();
            if (path.contains("/manifests/")) {
                answer(exchange, 200, Map.of("Content-Type", MediaTypes.MANIFEST), manifest);
            } else if (path.endsWith(Digest.of(config).toString())) {
                answer(exchange, 200, Map.of(), config);
            } else if (path.endsWith(Digest.of(layer).toString())) {
                answer(exchange, 200, Map.of(), layer);
            } else {
                error(exchange, 404, "BLOB_UNKNOWN", "blob unknown");
            }
        }

        /** Whether the request is for the layer. */
        public boolean isLayer(HttpExchange exchange) {
            return exchange.getRequestURI().getPath().endsWith(Digest.of(layer).toString());
        }
    }
}
