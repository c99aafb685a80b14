package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.image.Reference;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to registries that misbehave. */
class RepositoryPushTest {
    private static final byte[] CONTENT = "0123456789".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
    private static final BlobDescriptor BLOB =
            BlobDescriptor.of(MediaTypes.LAYER, Digest.of(CONTENT).toString(), CONTENT.length);
    private static final BlobSource SOURCE =
            offset -> new ByteArrayInputStream(CONTENT, (int) offset, CONTENT.length - (int) offset);

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());

    @Test
    void anUploadThatIsCutGoesOnWhereItWasCut() throws IOException {
        AtomicInteger patches = new AtomicInteger();
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (exchange.getRequestMethod().equals("PATCH") && patches.incrementAndGet() == 1) {
                try (InputStream body = exchange.getRequestBody()) {
                    taken.write(body.readNBytes(300_000));
                }
                throw new IOException("the connection is cut");
            }
            serve(exchange);
        })) {
            assertThat(repository(registry).pushBlob("push", BLOB, SOURCE, List.of(), done -> {}))
                    .isEqualTo(Repository.Way.SENT);
            assertThat(taken.toByteArray()).isEqualTo(CONTENT);
            assertThat(patches).hasValue(2);
            assertThat(registry.requests()).contains("GET /upload/1", "PUT /upload/2?state=x&digest=" + BLOB.digest());
        }
    }

    @Test
    void whatIsThereIsNotSent() throws IOException {
        try (FakeRegistry registry =
                FakeRegistry.start(exchange -> FakeRegistry.answer(exchange, 200, Map.of(), new byte[0]))) {
            assertThat(repository(registry).pushBlob("push", BLOB, SOURCE, List.of(), done -> {}))
                    .isEqualTo(Repository.Way.THERE);
            assertThat(registry.requests()).containsExactly("HEAD /v2/app/blobs/" + BLOB.digest());
        }
    }

    @Test
    void aBlobOfAnotherRepositoryIsMounted() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            String query = exchange.getRequestURI().getQuery();
            int status = exchange.getRequestMethod().equals("HEAD")
                    ? 404
                    : String.valueOf(query).endsWith("from=secret") ? 403 : 201;
            FakeRegistry.answer(exchange, status, Map.of(), new byte[0]);
        })) {
            assertThat(repository(registry).pushBlob("push", BLOB, SOURCE, List.of("secret", "other"), done -> {}))
                    .isEqualTo(Repository.Way.MOUNTED);
        }
    }

    @Test
    void aServerThatIsTooBusyIsAskedAgainWhenItSays() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            switch (asked.incrementAndGet()) {
                case 1 -> FakeRegistry.answer(exchange, 429, Map.of("Retry-After", "7"), new byte[0]);
                case 2, 3 -> FakeRegistry.answer(exchange, 503, Map.of(), new byte[0]);
                default ->
                    FakeRegistry.answer(
                            exchange, 200, Map.of(), "{\"tags\":[\"1\",\"2\"]}".getBytes(StandardCharsets.UTF_8));
            }
        })) {
            assertThat(repository(registry).tags("list")).containsExactly("1", "2");
            assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofMillis(200), Duration.ofMillis(400));
        }
    }

    @Test
    void aWaitThatIsTooLongIsAnError() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(
                exchange -> FakeRegistry.answer(exchange, 429, Map.of("Retry-After", "3600"), new byte[0]))) {
            assertThatThrownBy(() -> repository(registry).tags("list")).hasMessageContaining("try again in 3600 s");
            assertThat(pauses).isEmpty();
        }
    }

    @Test
    void pagesAreReadToTheLastAndOnlyOfTheSameServer() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            boolean first = exchange.getRequestURI().getQuery() == null;
            String next = first ? "</v2/app/tags/list?n=1&last=a>; rel=\"next\"" : "<http://evil.invalid/>; rel=next";
            FakeRegistry.answer(
                    exchange,
                    200,
                    Map.of("Link", next),
                    (first ? "{\"tags\":[\"a\"]}" : "{\"tags\":[\"b\"]}").getBytes(StandardCharsets.UTF_8));
        })) {
            assertThat(repository(registry).tags("list")).containsExactly("a", "b");
        }
    }

    @Test
    void aTokenForAPushHasItsScope() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                FakeRegistry.answer(exchange, 200, Map.of(), "{\"token\":\"abc\"}".getBytes(StandardCharsets.UTF_8));
            } else if (!"Bearer abc".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                String realm = "Bearer realm=\"http://"
                        + exchange.getRequestHeaders().getFirst("Host") + "/token\",scope=\"repository:app:pull\"";
                FakeRegistry.answer(exchange, 401, Map.of("WWW-Authenticate", realm), new byte[0]);
            } else {
                serve(exchange);
            }
        })) {
            repository(registry).pushBlob("push", BLOB, SOURCE, List.of(), done -> {});
            assertThat(taken.toByteArray()).isEqualTo(CONTENT);
            assertThat(registry.requests())
                    .contains("GET /token?scope=repository%3Aapp%3Apull&scope=repository%3Aapp%3Apull%2Cpush");
        }
    }

    /** CVE-2020-15157, CVE-2025-30691's kind: what opens one host's door is not shown to another. */
    @Test
    void credentialsDoNotFollowARedirectToAnotherHost() throws IOException {
        List<String> shown = Collections.synchronizedList(new ArrayList<>());
        try (FakeRegistry storage = FakeRegistry.start(exchange -> {
                    shown.addAll(exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
                    FakeRegistry.answer(exchange, 200, Map.of(), CONTENT);
                });
                FakeRegistry registry = FakeRegistry.start(exchange -> {
                    boolean known = exchange.getRequestHeaders().containsKey("Authorization");
                    Map<String, String> headers = known
                            ? Map.of("Location", "http://" + storage.name() + "/blob")
                            : Map.of("WWW-Authenticate", "Basic realm=\"x\"");
                    FakeRegistry.answer(exchange, known ? 307 : 401, headers, new byte[0]);
                })) {
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            repository(registry).blob("pull", BLOB, 0, got, done -> {});
            assertThat(got.toByteArray()).isEqualTo(CONTENT);
            assertThat(storage.requests()).containsExactly("GET /blob");
            assertThat(shown).isEmpty();
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] none = new byte[0];
        switch (exchange.getRequestMethod()) {
            case "POST" -> FakeRegistry.answer(exchange, 202, Map.of("Location", "/upload/1"), none);
            case "GET" ->
                FakeRegistry.answer(
                        exchange, 204, Map.of("Location", "/upload/1", "Range", "0-" + (taken.size() - 1)), none);
            case "PATCH" -> {
                String range = exchange.getRequestHeaders().getFirst("Content-Range");
                assertThat(range == null ? 0 : Integer.parseInt(range.split("-")[0]))
                        .isEqualTo(taken.size());
                taken.write(exchange.getRequestBody().readAllBytes());
                FakeRegistry.answer(exchange, 202, Map.of("Location", "/upload/2?state=x"), none);
            }
            case "PUT" -> FakeRegistry.answer(exchange, 201, Map.of(), none);
            default -> FakeRegistry.answer(exchange, 404, Map.of(), none);
        }
    }

    private Repository repository(FakeRegistry registry) {
        RegistrySettings settings = new RegistrySettings(
                Map.of(),
                Trust.NORMAL,
                new CredentialFile(folder.resolve("none"), ""),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                EnvironmentProxies.of(Map.of()),
                new Backoff(5, Duration.ofMillis(100), Duration.ofMinutes(1), pauses::add),
                Ranges.STANDARD);
        return new Registries(settings)
                .repository(
                        "push",
                        Reference.parse(registry.name() + "/app:1"),
                        Optional.of(new Credentials("me", "secret", "")));
    }
}
