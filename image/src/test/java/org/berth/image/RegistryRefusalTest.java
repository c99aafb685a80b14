package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.AbstractThrowableAssert;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.registry.RegistrySettings;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a registry can do wrong, or against us. A refusal stays an error, in the registry's words; only a registry that
 * can't be reached at all lets an image be bootstrapped.
 */
@KernelTest
class RegistryRefusalTest {
    @TempDir
    private Path folder;

    private Instance instance = new Instance(Path.of("unset"), Path.of("unset"));
    private FakeRegistry.Content content = FakeRegistry.Content.of(new byte[0]);
    private final List<Reference> bootstrapped = new ArrayList<>();

    @BeforeEach
    void prepare(Instance own) throws IOException {
        instance = own;
        content = FakeRegistry.Content.of(
                LocalImagesFixture.tar("big", "x".repeat(1_000_000)).readAllBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "401, UNAUTHORIZED",
        "403, UNAUTHORIZED",
        "404, NOT_FOUND",
        "429, EXHAUSTED",
        "500, UNAVAILABLE",
        "418, FAILED",
    })
    void aRefusalIsAnErrorInTheRegistrysWords(int status, ErrorCode code) throws IOException {
        try (FakeRegistry registry =
                FakeRegistry.start(exchange -> FakeRegistry.error(exchange, status, "SOME_CODE", "some words"))) {
            assertRefused(registry.name(), code).hasMessageContainingAll("app:1", registry.name(), "some words");
        }
        assertThat(bootstrapped).isEmpty();
    }

    @Test
    void aTlsErrorIsAnError() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answerInPlain(plain));
            String mirror = "https://127.0.0.1:" + plain.getLocalPort();
            assertRefusedBy(Map.of("a.invalid", List.of(mirror)), "a.invalid", ErrorCode.UNAVAILABLE)
                    .hasMessageContaining("TLS");
        }
        assertThat(bootstrapped).isEmpty();
    }

    @Test
    void noConnectionWithinTheLimitLeadsToTheBootstrap() throws IOException {
        // a listener whose queue is full takes no more connections, and says nothing
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = fill(full);
            String name = "127.0.0.1:" + full.getLocalPort();
            assertThat(obtain(Map.of(), name, Duration.ofMillis(300)).names())
                    .containsExactly(Reference.parse(name + "/app:1"));
            assertThat(bootstrapped).hasSize(1);
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void aTransferThatBreaksIsTakenUpAgain() throws IOException {
        AtomicInteger attempts = new AtomicInteger();
        List<String> ranges = new ArrayList<>();
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (!content.isLayer(exchange)) {
                content.serve(exchange);
            } else if (attempts.incrementAndGet() == 1) {
                breakOff(exchange, content.layer(), 400_000);
            } else {
                ranges.add(exchange.getRequestHeaders().getFirst("Range"));
                resume(exchange, content.layer());
            }
        })) {
            assertThat(obtain(Map.of(), registry.name(), Duration.ofSeconds(5)).sizeBytes())
                    .isEqualTo(1_000_000);
        }
        assertThat(ranges).hasSize(1).allMatch(range -> range.matches("bytes=[1-9][0-9]*-"));
    }

    @Test
    void aPullThatBrokeOffIsTakenUpByTheNext() throws IOException {
        AtomicInteger layers = new AtomicInteger();
        List<String> ranges = Collections.synchronizedList(new ArrayList<>());
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (!content.isLayer(exchange)) {
                content.serve(exchange);
            } else if (layers.incrementAndGet() == 1) {
                breakOff(exchange, content.layer(), 400_000);
            } else if (layers.get() == 2) {
                FakeRegistry.error(exchange, 500, "UNKNOWN", "out of order");
            } else {
                ranges.add(exchange.getRequestHeaders().getFirst("Range"));
                resume(exchange, content.layer());
            }
        })) {
            try (LocalImages images = open(Map.of(), Duration.ofSeconds(5))) {
                Reference reference = Reference.parse(registry.name() + "/app:1");
                assertThatThrownBy(() -> images.obtain(reference, Progress.SILENT))
                        .hasMessageContaining("out of order");
                assertThat(ranges).isEmpty();
                assertThat(images.obtain(reference, Progress.SILENT).sizeBytes())
                        .isEqualTo(1_000_000);
            }
        }
        assertThat(ranges).hasSize(1).allMatch(range -> range.matches("bytes=[1-9][0-9]*-"));
    }

    @Test
    void aServerWithoutRangesIsReadFromTheBeginning() throws IOException {
        AtomicInteger attempts = new AtomicInteger();
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (content.isLayer(exchange) && attempts.incrementAndGet() == 1) {
                breakOff(exchange, content.layer(), 400_000);
            } else {
                content.serve(exchange);
            }
        })) {
            assertThat(obtain(Map.of(), registry.name(), Duration.ofSeconds(5)).sizeBytes())
                    .isEqualTo(1_000_000);
        }
    }

    @Test
    void aTransferThatAlwaysBreaksEnds() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (content.isLayer(exchange)) {
                breakOff(exchange, content.layer(), 1000);
            } else {
                content.serve(exchange);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.UNAVAILABLE).hasMessageContaining("layer");
            assertThat(registry.requests()).hasSizeLessThan(12);
        }
    }

    @Test
    void aTransferThatStallsEnds() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (content.isLayer(exchange)) {
                exchange.sendResponseHeaders(200, content.layer().length);
                exchange.getResponseBody().write(content.layer(), 0, 1000);
                exchange.getResponseBody().flush();
                awaitEnd(exchange);
            } else {
                content.serve(exchange);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.UNAVAILABLE).hasMessageContaining("nothing came for");
        }
    }

    @Test
    void aLayerLongerThanItsManifestSaysIsRefused() throws IOException {
        byte[] longer = Arrays.copyOf(content.layer(), content.layer().length + 1);
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (content.isLayer(exchange)) {
                FakeRegistry.answer(exchange, 200, Map.of(), longer);
            } else {
                content.serve(exchange);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.INVALID).hasMessageContaining("longer");
        }
        assertThat(instance.root().resolve("images/drafts")).isEmptyDirectory();
    }

    @Test
    void aLayerOfOtherContentIsRefused() throws IOException {
        byte[] other = content.layer().clone();
        other[600] ^= 1;
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (content.isLayer(exchange)) {
                FakeRegistry.answer(exchange, 200, Map.of(), other);
            } else {
                content.serve(exchange);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.INVALID).hasMessageContaining("digest");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/vnd.docker.distribution.manifest.v1+prettyjws",
                "text/html",
                "application/vnd.oci.image.index.v1+json",
            })
    void aDocumentServedAsSomethingElseIsRefused(String type) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(
                exchange -> FakeRegistry.answer(exchange, 200, Map.of("Content-Type", type), content.manifest()))) {
            assertThatThrownBy(() -> obtain(Map.of(), registry.name(), Duration.ofSeconds(5)))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining(type);
        }
    }

    @Test
    void anIndexWithoutThisKindOfMachineSaysWhatItHas() throws IOException {
        String index = "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:" + "0".repeat(64)
                + "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}}]}";
        try (FakeRegistry registry = FakeRegistry.start(exchange -> FakeRegistry.answer(
                exchange, 200, Map.of("Content-Type", MediaTypes.INDEX), index.getBytes(StandardCharsets.UTF_8)))) {
            assertRefused(registry.name(), ErrorCode.NOT_FOUND).hasMessageContaining("linux/s390x");
        }
    }

    @Test
    void anIndexLeadsToTheManifestForThisKindOfMachine() throws IOException {
        String digest = org.berth.image.store.Digest.of(content.manifest()).toString();
        String index = "{\"schemaVersion\":2,\"manifests\":["
                + "{\"digest\":\"sha256:" + "0".repeat(64)
                + "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}},"
                + "{\"digest\":\"" + digest + "\",\"size\":" + content.manifest().length
                + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}";
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (exchange.getRequestURI().getPath().endsWith("/manifests/1")) {
                FakeRegistry.answer(
                        exchange,
                        200,
                        Map.of("Content-Type", MediaTypes.INDEX),
                        index.getBytes(StandardCharsets.UTF_8));
            } else {
                content.serve(exchange);
            }
        })) {
            assertThat(obtain(Map.of(), registry.name(), Duration.ofSeconds(5)).manifestDigest())
                    .isEqualTo(digest);
        }
    }

    @Test
    void aTokenIsFetchedWithTheCredentialsOfDockerLogin() throws IOException {
        AtomicInteger tokens = new AtomicInteger();
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (exchange.getRequestURI().getPath().equals("/token")) {
                boolean known = basic("me:se:cret").equals(authorization);
                tokens.incrementAndGet();
                FakeRegistry.answer(
                        exchange, known ? 200 : 401, Map.of(), "{\"token\":\"abc\"}".getBytes(StandardCharsets.UTF_8));
            } else if (!"Bearer abc".equals(authorization)) {
                String realm =
                        "Bearer realm=\"http://" + exchange.getRequestHeaders().getFirst("Host")
                                + "/token\",service=\"s\",scope=\"repository:app:pull\"";
                FakeRegistry.answer(exchange, 401, Map.of("WWW-Authenticate", realm), new byte[0]);
            } else {
                content.serve(exchange);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.UNAUTHORIZED).hasMessageContaining("token server");
            login(registry.name(), "me:se:cret");
            assertThat(obtain(Map.of(), registry.name(), Duration.ofSeconds(5)).sizeBytes())
                    .isEqualTo(1_000_000);
            assertThat(registry.requests()).contains("GET /token?service=s&scope=repository%3Aapp%3Apull");
            assertThat(tokens).hasValue(2);
        }
    }

    @Test
    void aBasicLoginIsUsedAndNeverShown() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (basic("me:secret").equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                content.serve(exchange);
            } else {
                FakeRegistry.answer(exchange, 401, Map.of("WWW-Authenticate", "Basic realm=\"x\""), new byte[0]);
            }
        })) {
            assertRefused(registry.name(), ErrorCode.UNAUTHORIZED)
                    .hasMessageContainingAll("berth login", registry.name());
            login(registry.name(), "me:wrongsecret");
            assertRefused(registry.name(), ErrorCode.UNAUTHORIZED).hasMessageNotContaining("wrongsecret");
            login(registry.name(), "me:secret");
            assertThat(obtain(Map.of(), registry.name(), Duration.ofSeconds(5)).sizeBytes())
                    .isEqualTo(1_000_000);
        }
    }

    @Test
    void credentialsAreNotSentToAnUnprotectedTokenServer() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> FakeRegistry.answer(
                exchange,
                401,
                Map.of("WWW-Authenticate", "Bearer realm=\"http://evil.invalid/token\""),
                new byte[0]))) {
            login(registry.name(), "me:secret");
            assertRefused(registry.name(), ErrorCode.UNAUTHORIZED).hasMessageContaining("https");
        }
    }

    @Test
    void aMirrorWithoutTheImageIsPassedOver() throws IOException {
        try (FakeRegistry empty =
                        FakeRegistry.start(exchange -> FakeRegistry.error(exchange, 404, "NAME_UNKNOWN", "no"));
                FakeRegistry registry = FakeRegistry.start(content::serve)) {
            Map<String, List<String>> mirrors =
                    Map.of("a.invalid", List.of("127.0.0.1:1", empty.name(), registry.name()));
            assertThat(obtain(mirrors, "a.invalid", Duration.ofSeconds(5)).sizeBytes())
                    .isEqualTo(1_000_000);
            assertThat(empty.requests()).hasSize(1);
        }
    }

    private AbstractThrowableAssert<?, ?> assertRefused(String host, ErrorCode code) {
        return assertRefusedBy(Map.of(), host, code);
    }

    private AbstractThrowableAssert<?, ?> assertRefusedBy(
            Map<String, List<String>> mirrors, String host, ErrorCode code) {
        return assertThatThrownBy(() -> obtain(mirrors, host, Duration.ofSeconds(5)))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private Image obtain(Map<String, List<String>> mirrors, String host, Duration connectMax) {
        try (LocalImages images = open(mirrors, connectMax)) {
            return images.obtain(Reference.parse(host + "/app:1"), Progress.SILENT);
        }
    }

    private LocalImages open(Map<String, List<String>> mirrors, Duration connectMax) {
        RegistrySettings settings =
                new RegistrySettings(mirrors, folder.resolve("config.json"), connectMax, Duration.ofMillis(500));
        return new LocalImages(instance, new NotingBootstrap(), settings, InstantSource.system());
    }

    private void login(String registry, String userAndPassword) throws IOException {
        String encoded = Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                folder.resolve("config.json"), "{\"auths\":{\"" + registry + "\":{\"auth\":\"" + encoded + "\"}}}");
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    private static void breakOff(HttpExchange exchange, byte[] content, int after) throws IOException {
        exchange.sendResponseHeaders(200, content.length);
        OutputStream body = exchange.getResponseBody();
        body.write(content, 0, after);
        body.flush();
        throw new IOException("broken off by the test");
    }

    private static void resume(HttpExchange exchange, byte[] content) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
        FakeRegistry.answer(
                exchange,
                206,
                Map.of("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length),
                Arrays.copyOfRange(content, from, content.length));
    }

    /** Until the client has gone away, which a write to it tells. */
    private static void awaitEnd(HttpExchange exchange) throws IOException {
        for (int i = 0; i < 1000; i++) {
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
            if (i > 150) {
                exchange.getResponseBody().write(0);
                exchange.getResponseBody().flush();
            }
        }
    }

    private static void answerInPlain(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                // nothing is closed before the client does: it would see an end instead of the answer
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // the client or the test has gone
            }
        }
    }

    private static List<Socket> fill(ServerSocket server) {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                Socket socket = new Socket();
                sockets.add(socket);
                socket.connect(server.getLocalSocketAddress(), 200);
            }
        } catch (IOException e) {
            // full
        }
        return sockets;
    }

    /** Bootstraps everything, and says so. */
    private final class NotingBootstrap implements Bootstrap {
        @Override
        public boolean supports(Reference reference) {
            return true;
        }

        @Override
        public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
            bootstrapped.add(reference);
        }
    }
}
