package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real server on loopback. */
class DownloadTest {
    private static final byte[] CONTENT = "a file of the archive".getBytes(StandardCharsets.UTF_8);
    private static final Release.FileDigest DIGEST =
            new Release.FileDigest(CONTENT.length, VerifyingBody.hash(CONTENT));

    private final List<Duration> pauses = new ArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private Download download;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            int request = requests.incrementAndGet();
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            answer(exchange, request);
        });
        server.start();
        download = new Download(ProxySelector.of(null), pauses::add);
    }

    @AfterEach
    void stop() {
        download.close();
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int request) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/good" -> send(exchange, 200, CONTENT);
            case "/wrong" -> send(exchange, 200, "a file of an attacker".getBytes(StandardCharsets.UTF_8));
            case "/spoilt-once" -> send(exchange, 200, request == 1 ? new byte[CONTENT.length] : CONTENT);
            case "/busy-twice" -> send(exchange, request < 3 ? 503 : 200, CONTENT);
            case "/busy" -> send(exchange, 503, new byte[0]);
            case "/refused" -> send(exchange, 403, CONTENT);
            case "/moved" -> {
                exchange.getResponseHeaders().set("Location", "/good");
                send(exchange, 302, new byte[0]);
            }
            case "/endless" -> endless(exchange);
            default -> send(exchange, 404, new byte[0]);
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream output = exchange.getResponseBody()) {
            output.write(body);
        }
    }

    private static void endless(HttpExchange exchange) {
        try (OutputStream output = exchange.getResponseBody()) {
            exchange.sendResponseHeaders(200, 0);
            for (int piece = 0; piece < 10_000; piece++) {
                output.write(new byte[4096]);
            }
        } catch (IOException e) {
            return;
        }
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    @Test
    void handsOutAFileThatIsRight() {
        AtomicLong received = new AtomicLong();
        assertThat(download.find(address("/good"), DIGEST, received::addAndGet)).contains(CONTENT);
        assertThat(received).hasValue(CONTENT.length);
        assertThat(download.find(address("/moved"), DIGEST, bytes -> {})).contains(CONTENT);
    }

    @Test
    void triesAgainWhatMayPass() {
        AtomicLong received = new AtomicLong();
        assertThat(download.find(address("/busy-twice"), DIGEST, received::addAndGet))
                .contains(CONTENT);
        assertThat(pauses).containsExactly(Duration.ofMillis(200), Duration.ofMillis(600));
        assertThat(received).hasValue(CONTENT.length);
    }

    @Test
    void triesAgainWhatWasSpoiltOnItsWayAndCountsItOnce() {
        AtomicLong received = new AtomicLong();
        assertThat(download.find(address("/spoilt-once"), DIGEST, received::addAndGet))
                .contains(CONTENT);
        assertThat(received).hasValue(CONTENT.length);
    }

    @Test
    void givesUpAfterAFewTries() {
        assertThatThrownBy(() -> download.find(address("/busy"), DIGEST, bytes -> {}))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .hasMessageContaining("/busy: the server answered 503 (tried 4 times)");
        assertThat(requests).hasValue(4);
    }

    @Test
    void neverHandsOutWhatWasNotSigned() {
        assertThatThrownBy(() -> download.find(address("/wrong"), DIGEST, bytes -> {}))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(DIGEST.sha256() + " were signed");
    }

    @Test
    void readsNoMoreThanTheSizeThatWasSigned() {
        assertThatThrownBy(() -> download.find(address("/endless"), DIGEST, bytes -> {}))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("more than " + CONTENT.length + " bytes came");
        assertThatThrownBy(() -> download.find(address("/endless"), 1000))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("more than 1000 bytes came");
    }

    @Test
    void tellsWhatIsNotThereFromWhatIsRefused() {
        assertThat(download.find(address("/missing"), 1000)).isEmpty();
        assertThatThrownBy(() -> download.find(address("/refused"), 1000))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("the server answered 403");
        assertThat(requests).hasValue(2);
    }

    @Test
    void namesAServerThatIsNotThere() throws IOException {
        URI gone = address("/good");
        server.stop(0);
        assertThatThrownBy(() -> download.find(gone, 1000))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .hasMessageContaining(gone.toString());
    }

    @Test
    void sendsNameAndPasswordAndNeverSaysThem() {
        URI secret = URI.create(address("/good").toString().replace("http://", "http://me:se%20cret@"));
        assertThat(download.find(secret, DIGEST, bytes -> {})).contains(CONTENT);
        assertThat(authorizations)
                .containsExactly(
                        "Basic " + Base64.getEncoder().encodeToString("me:se cret".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() ->
                        download.find(URI.create(secret.toString().replace("/good", "/refused")), DIGEST, bytes -> {}))
                .message()
                .doesNotContain("cret");
    }

    @Test
    void readsAFolder(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("file"), CONTENT);
        assertThat(download.find(file.toUri(), DIGEST, bytes -> {})).contains(CONTENT);
        assertThat(download.find(folder.resolve("none").toUri(), 1000)).isEmpty();
        assertThatThrownBy(() -> download.find(file.toUri(), 3))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("is larger than the 3 bytes");
        Files.write(file, new byte[CONTENT.length]);
        assertThatThrownBy(() -> download.find(file.toUri(), DIGEST, bytes -> {}))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("were signed");
    }
}
