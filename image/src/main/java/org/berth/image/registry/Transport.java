package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** HTTP as registries are spoken to: bounded in time and in what is kept of an answer; redirects never leave TLS. */
final class Transport {
    /** Longest answer that is taken whole: a token, an error. */
    private static final int SMALL_BYTES_MAX = 1 << 20;

    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);
    private static final String USER_AGENT = "berth/0.1";

    private static final int REDIRECTS_MAX = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final RegistrySettings settings;
    private final HttpClient client;
    /** For hosts whose servers prove themselves in a way of their own. */
    private final Map<String, HttpClient> special = new ConcurrentHashMap<>();

    Transport(RegistrySettings settings) {
        this.settings = settings;
        this.client = builder().build();
    }

    private HttpClient.Builder builder() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.connectMax())
                .proxy(settings.proxies())
                .sslParameters(quickFirst());
    }

    /** By the host: what a server is believed is never believed of the one that it redirects to. */
    private HttpClient client(URI uri) {
        String host = String.valueOf(uri.getRawAuthority());
        Optional<Path> authorities =
                Optional.ofNullable(settings.trust().authorities().get(host));
        if (settings.trust().insecure().contains(host)) {
            return special.computeIfAbsent(
                    host, key -> builder().sslContext(Certificates.unchecked()).build());
        }
        return authorities
                .map(file -> special.computeIfAbsent(
                        host,
                        key -> builder().sslContext(Certificates.with(file)).build()))
                .orElse(client);
    }

    /**
     * What TLS offers as it comes, with ChaCha20-Poly1305 (RFC 8439) first: without the optimizing compiler, which the
     * daemon does without, Java's AES-GCM takes four times as long, longer than many a line.
     */
    static SSLParameters quickFirst() {
        try {
            SSLParameters parameters = SSLContext.getDefault().getDefaultSSLParameters();
            parameters.setCipherSuites(Stream.of(parameters.getCipherSuites())
                    .sorted(Comparator.comparing(suite -> !suite.contains("CHACHA20")))
                    .toArray(String[]::new));
            return parameters;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has TLS", e);
        }
    }

    static HttpRequest.Builder request(URI uri) {
        return unhurried(uri).timeout(ANSWER_MAX);
    }

    /** A request for {@link #upload}. */
    static HttpRequest.Builder unhurried(URI uri) {
        return HttpRequest.newBuilder(uri).header("User-Agent", USER_AGENT);
    }

    /** Sends a request; the answer's body is read by the caller, who closes it. */
    HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        return follow(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Sends a request whose answer is short. */
    HttpResponse<byte[]> small(HttpRequest request) throws IOException {
        return follow(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), SMALL_BYTES_MAX));
    }

    /**
     * Sends a request with a long body, which may take as long as it likes while it goes on.
     *
     * @param sent grows while the body goes out
     */
    HttpResponse<InputStream> upload(HttpRequest request, LongSupplier sent) throws IOException {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client(request.uri()).sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        long seen = -1;
        while (true) {
            try {
                return answer.get(settings.stallMax().toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (sent.getAsLong() == seen) {
                    answer.cancel(true);
                    throw new IOException(
                            "nothing was taken for " + settings.stallMax().toSeconds() + " s", e);
                }
                seen = sent.getAsLong();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
            } catch (InterruptedException e) {
                answer.cancel(true);
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /** Sends; what only reads follows redirects, with no credentials to another host and never out of TLS. */
    private <T> HttpResponse<T> follow(HttpRequest first, HttpResponse.BodyHandler<T> handler) throws IOException {
        HttpRequest request = first;
        boolean reads = Set.of("GET", "HEAD").contains(first.method());
        try {
            HttpResponse<T> response = client(request.uri()).send(request, handler);
            for (int i = 0; i < REDIRECTS_MAX && reads && REDIRECTS.contains(response.statusCode()); i++) {
                if (response.body() instanceof InputStream body) {
                    body.close();
                }
                request = redirected(request, response);
                response = client(request.uri()).send(request, handler);
            }
            return response;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static HttpRequest redirected(HttpRequest request, HttpResponse<?> response) throws IOException {
        URI from = request.uri();
        URI to;
        try {
            to = from.resolve(response.headers().firstValue("Location").orElse(""));
        } catch (IllegalArgumentException e) {
            throw new IOException("a redirect to no address", e);
        }
        boolean same = from.getScheme().equals(to.getScheme())
                && String.valueOf(from.getRawAuthority()).equals(to.getRawAuthority());
        if (to.getHost() == null || ("https".equals(from.getScheme()) && !"https".equals(to.getScheme()))) {
            throw new IOException("a redirect out of TLS, or to no address");
        }
        HttpRequest.Builder next =
                HttpRequest.newBuilder(request, (name, value) -> same || !name.equalsIgnoreCase("Authorization"));
        return next.uri(to).build();
    }

    /** The beginning of an answer's body, for an error's message. */
    static byte[] beginning(HttpResponse<InputStream> response) throws IOException {
        try (InputStream body = response.body()) {
            return body.readNBytes(SMALL_BYTES_MAX);
        }
    }

    /** What a failed exchange means. */
    static BerthException failure(String action, String host, IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return switch (e) {
            case SSLException tls ->
                new BerthException(ErrorCode.UNAVAILABLE, action + ": TLS with " + host + " failed: " + reason, tls);
            case ConnectException refused ->
                new BerthException(
                        ErrorCode.UNAVAILABLE, action + ": no connection to " + host + ": " + reason, refused);
            case HttpConnectTimeoutException late ->
                new BerthException(ErrorCode.UNAVAILABLE, action + ": no connection to " + host + ": " + reason, late);
            default -> new BerthException(ErrorCode.UNAVAILABLE, action + ": " + host + ": " + reason, e);
        };
    }
}
