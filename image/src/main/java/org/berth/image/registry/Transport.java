package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
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

    private final HttpClient client;

    Transport(Duration connectMax, EnvironmentProxies proxies) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(connectMax)
                .proxy(proxies)
                .sslParameters(quickFirst())
                .build();
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
        return HttpRequest.newBuilder(uri).timeout(ANSWER_MAX).header("User-Agent", USER_AGENT);
    }

    /** Sends a request; the answer's body is read by the caller, who closes it. */
    HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Sends a request whose answer is short. */
    HttpResponse<byte[]> small(HttpRequest request) throws IOException {
        try {
            return client.send(
                    request,
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), SMALL_BYTES_MAX));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
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
