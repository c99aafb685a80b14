package org.berth.image.debian;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Files of an archive, over http, https or from a folder. A file whose size and hash are known is
 * handed out only when both are right; more than its size is never read. What fails for reasons that
 * may pass is tried again, a few times.
 */
final class Download implements AutoCloseable {
    private static final int ATTEMPTS_MAX = 4;
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    /** A whole transfer's time: a minute, and what the file takes at a few kilobytes a second. */
    private static final long SECONDS_MAX = 60;

    private static final long BYTES_PER_SECOND_MIN = 16_384;

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;
    private final Pause pause;

    /** Waits between attempts. */
    @FunctionalInterface
    interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    /** A file to get: its size and hash when they are known, else the most bytes it may have. */
    private record Wanted(URI address, long sizeMax, Optional<Release.FileDigest> digest) {}

    /** A failure that another attempt may mend. */
    private static final class PassingFailure extends Exception {
        private static final long serialVersionUID = 1;

        PassingFailure(String message, Exception cause) {
            super(message, cause);
        }
    }

    /** @param proxies the way to each address */
    Download(ProxySelector proxies, Pause pause) {
        this.pause = pause;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(CONNECT_MAX)
                .proxy(proxies)
                .executor(executor)
                .build();
    }

    /** A file of unknown content; empty when there is none. */
    Optional<byte[]> find(URI address, long sizeMax) {
        return get(new Wanted(address, sizeMax, Optional.empty()), bytes -> {});
    }

    /**
     * A file of known content; empty when there is none.
     *
     * @param received gets the count of bytes of each piece
     */
    Optional<byte[]> find(URI address, Release.FileDigest digest, LongConsumer received) {
        return get(new Wanted(address, digest.sizeBytes(), Optional.of(digest)), received);
    }

    private Optional<byte[]> get(Wanted wanted, LongConsumer received) {
        Duration wait = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            long[] count = new long[1];
            try {
                return attempt(wanted, bytes -> {
                    count[0] += bytes;
                    received.accept(bytes);
                });
            } catch (PassingFailure e) {
                received.accept(-count[0]);
                if (attempt == ATTEMPTS_MAX) {
                    throw new BerthException(
                            ErrorCode.UNAVAILABLE,
                            "download " + withoutUser(wanted.address()) + ": " + e.getMessage() + " (tried "
                                    + ATTEMPTS_MAX + " times)",
                            e);
                }
            }
            sleep(wait);
            wait = wait.multipliedBy(3);
        }
    }

    private Optional<byte[]> attempt(Wanted wanted, LongConsumer received) throws PassingFailure {
        return wanted.address().getScheme().equals("file") ? readFile(wanted, received) : transfer(wanted, received);
    }

    private static Optional<byte[]> readFile(Wanted wanted, LongConsumer received) {
        try {
            Path file = Path.of(wanted.address());
            if (Files.size(file) > wanted.sizeMax()) {
                throw wrong(wanted, "is larger than the " + wanted.sizeMax() + " bytes that were expected");
            }
            byte[] content = Files.readAllBytes(file);
            received.accept(content.length);
            check(wanted, content.length, VerifyingBody.hash(content));
            return Optional.of(content);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "read " + wanted.address() + ": " + e.getMessage(), e);
        }
    }

    private Optional<byte[]> transfer(Wanted wanted, LongConsumer received) throws PassingFailure {
        HttpResponse<VerifyingBody.Content> response = await(
                client.sendAsync(
                        request(wanted.address()),
                        info -> info.statusCode() == 200
                                ? new VerifyingBody(wanted.sizeMax(), received)
                                : HttpResponse.BodySubscribers.replacing(VerifyingBody.Content.NONE)),
                wanted);
        return switch (response.statusCode()) {
            case 200 -> Optional.of(checked(wanted, response.body()));
            case 404, 410 -> Optional.empty();
            case 408, 425, 429, 500, 502, 503, 504 ->
                throw new PassingFailure("the server answered " + response.statusCode(), new IOException());
            default -> throw wrong(wanted, "is refused: the server answered " + response.statusCode());
        };
    }

    /** A file that came whole but wrong may have been spoilt on its way, so it may be tried again. */
    private static byte[] checked(Wanted wanted, VerifyingBody.Content content) throws PassingFailure {
        try {
            check(wanted, content.bytes().length, content.sha256());
            return content.bytes();
        } catch (BerthException e) {
            throw new PassingFailure(reason(e), e);
        }
    }

    private static void check(Wanted wanted, long sizeBytes, String sha256) {
        if (wanted.digest().isEmpty()) {
            return;
        }
        Release.FileDigest digest = wanted.digest().get();
        if (digest.sizeBytes() != sizeBytes || !digest.sha256().equals(sha256)) {
            throw wrong(
                    wanted,
                    "has " + sizeBytes + " bytes and the SHA-256 " + sha256 + ", " + digest.sizeBytes() + " and "
                            + digest.sha256() + " were signed");
        }
    }

    private static <T> T await(CompletableFuture<T> transfer, Wanted wanted) throws PassingFailure {
        long seconds = SECONDS_MAX + wanted.sizeMax() / BYTES_PER_SECOND_MIN;
        try {
            return transfer.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new PassingFailure(reason(Optional.ofNullable(e.getCause()).orElse(e)), e);
        } catch (TimeoutException e) {
            transfer.cancel(true);
            throw new PassingFailure("not done after " + seconds + " seconds", e);
        } catch (InterruptedException e) {
            transfer.cancel(true);
            throw interrupted(e);
        }
    }

    private static String reason(Throwable failure) {
        return Optional.ofNullable(failure.getMessage())
                .orElse(failure.getClass().getSimpleName());
    }

    private static HttpRequest request(URI address) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(withoutUser(address)).header("User-Agent", "berth");
        Optional.ofNullable(address.getUserInfo())
                .ifPresent(user -> builder.header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8))));
        return builder.build();
    }

    private static URI withoutUser(URI address) {
        return Optional.ofNullable(address.getRawUserInfo())
                .map(user -> URI.create(address.toString().replace(user + "@", "")))
                .orElse(address);
    }

    private void sleep(Duration wait) {
        try {
            pause.sleep(wait);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static BerthException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new BerthException(ErrorCode.UNAVAILABLE, "the download was interrupted", e);
    }

    private static BerthException wrong(Wanted wanted, String what) {
        return new BerthException(ErrorCode.FAILED, withoutUser(wanted.address()) + " " + what);
    }

    @Override
    public void close() {
        client.shutdownNow();
        executor.shutdownNow();
    }
}
