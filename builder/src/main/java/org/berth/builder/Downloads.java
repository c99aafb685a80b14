package org.berth.builder;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.store.Digest;

/**
 * Files that ADD fetches by http and https. What was fetched is kept with what the server said of it (ETag, Last-Modified) and
 * asked for again with that; one whose checksum the Dockerfile gives is not asked for again.
 */
final class Downloads {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(30);
    private static final Duration ANSWER_MAX = Duration.ofMinutes(10);
    private static final long BYTES_MAX = 16L << 30;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    private final Path folder;
    private final Supplier<ProxySelector> proxies;

    /** @param proxies on the way to other machines */
    Downloads(Path folder, Supplier<ProxySelector> proxies) {
        this.folder = folder;
        this.proxies = proxies;
    }

    /**
     * A file that was fetched.
     *
     * @param name the address's last component
     * @param digest "sha256:..." of its content
     */
    record Download(Path file, String name, String digest, Instant modified) {}

    /** Fetches a file, or finds it fetched. */
    synchronized Download get(String address, Optional<String> checksum, Optional<Instant> epoch) {
        URI uri = uri(address);
        String key = HexFormat.of()
                .formatHex(Digest.hasher().digest(address.getBytes(StandardCharsets.UTF_8)))
                .substring(0, 32);
        Path file = folder.resolve(key);
        Path notes = folder.resolve(key + ".notes");
        try {
            Files.createDirectories(folder);
            Optional<Notes> known = Files.exists(file) ? Notes.read(notes) : Optional.empty();
            Notes now = known.filter(one -> checksum.equals(Optional.of(one.digest())))
                    .or(() -> Optional.of(fetch(uri, file, known)))
                    .orElseThrow();
            Files.write(notes, now.lines());
            if (checksum.isPresent() && !checksum.get().equals(now.digest())) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        address + ": digest mismatch: it is " + now.digest() + ", expected " + checksum.get());
            }
            Instant modified = now.modified().or(() -> epoch).orElse(Instant.EPOCH);
            return new Download(file, name(uri), now.digest(), modified);
        } catch (IOException e) {
            throw new UncheckedIOException("fetch " + address, e);
        }
    }

    /** What was said of a file when it was fetched. */
    private record Notes(String digest, String tag, String lastModified) {
        static Optional<Notes> read(Path file) throws IOException {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(file);
            return lines.size() == 3
                    ? Optional.of(new Notes(lines.get(0), lines.get(1), lines.get(2)))
                    : Optional.empty();
        }

        List<String> lines() {
            return List.of(digest, tag, lastModified);
        }

        Optional<Instant> modified() {
            try {
                return Optional.of(ZonedDateTime.parse(lastModified, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant());
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
    }

    private Notes fetch(URI uri, Path file, Optional<Notes> known) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER_MAX);
        known.filter(notes -> !notes.tag().isEmpty()).ifPresent(notes -> request.header("If-None-Match", notes.tag()));
        known.filter(notes -> notes.tag().isEmpty() && !notes.lastModified().isEmpty())
                .ifPresent(notes -> request.header("If-Modified-Since", notes.lastModified()));
        try (HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(CONNECT_MAX)
                .proxy(proxies.get())
                .build()) {
            HttpResponse<InputStream> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() == NOT_MODIFIED && known.isPresent()) {
                    return known.get();
                }
                if (response.statusCode() != OK) {
                    throw new BerthException(
                            ErrorCode.FAILED, uri + ": the server answered " + response.statusCode() + ", not 200");
                }
                return new Notes(save(uri, body, file), header(response, "ETag"), header(response, "Last-Modified"));
            }
        } catch (IOException e) {
            throw new BerthException(ErrorCode.FAILED, "fetch " + uri + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.FAILED, "fetch " + uri + ": cancelled", e);
        }
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static String save(URI uri, InputStream body, Path file) throws IOException {
        MessageDigest digest = Digest.hasher();
        Path part = file.resolveSibling(file.getFileName() + ".part");
        long count = 0;
        try (OutputStream output = Files.newOutputStream(part)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                count += read;
                if (count > BYTES_MAX) {
                    throw new BerthException(ErrorCode.INVALID, uri + ": more than " + BYTES_MAX + " bytes");
                }
                digest.update(buffer, 0, read);
                output.write(buffer, 0, read);
            }
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return "sha256:" + HexFormat.of().formatHex(digest.digest());
    }

    private static URI uri(String address) {
        try {
            return URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, address + ": no address: " + e.getMessage(), e);
        }
    }

    private static String name(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.isEmpty() || name.equals(".") || name.equals("..") ? "__unnamed__" : name;
    }
}
