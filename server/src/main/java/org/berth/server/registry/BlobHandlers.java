package org.berth.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.store.Digest;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.registry.RegistryFault.Code;

/** Blobs: pull, whole or from some byte on, and delete. */
final class BlobHandlers {
    private static final String PATH = "/v2/{name*}/blobs/{digest}";
    private static final String TYPE = "application/octet-stream";
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    private final ServedRepositories repositories;

    BlobHandlers(ServedRepositories repositories) {
        this.repositories = repositories;
    }

    void register(Routes routes) {
        routes.add("GET", PATH, this::get).add("HEAD", PATH, this::head).add("DELETE", PATH, this::delete);
    }

    private Digest find(Exchange exchange) {
        String name = Names.repository(exchange);
        Digest digest = Names.digest(exchange.parameter("digest"));
        if (!repositories.hasBlob(name, digest)) {
            throw unknown(name, digest);
        }
        exchange.with("Docker-Content-Digest", digest.toString())
                .with("ETag", "\"" + digest + "\"")
                .with("Accept-Ranges", "bytes");
        return digest;
    }

    private static RegistryFault unknown(String name, Digest digest) {
        return new RegistryFault(404, Code.BLOB_UNKNOWN, "blob unknown to registry: " + name + " has no " + digest);
    }

    private void head(Exchange exchange) throws IOException {
        Digest digest = find(exchange);
        exchange.head(200, TYPE, repositories.content().size(digest));
    }

    private void get(Exchange exchange) throws IOException {
        Digest digest = find(exchange);
        long size = repositories.content().size(digest);
        Optional<Span> range = exchange.header("Range").flatMap(header -> Span.of(header, size));
        Span span = range.orElse(new Span(0, size - 1));
        if (range.isPresent() && (span.from >= size || span.to < span.from)) {
            exchange.with("Content-Range", "bytes */" + size);
            throw new RegistryFault(416, Code.SIZE_INVALID, "the blob has " + size + " bytes");
        }
        if (range.isPresent()) {
            exchange.with("Content-Range", "bytes " + span.from + "-" + span.to + "/" + size);
        }
        try (InputStream content = repositories.content().open(digest, span.from)) {
            exchange.body(range.isPresent() ? 206 : 200, TYPE, span.to - span.from + 1, content);
        }
    }

    /** Some of a blob's bytes, both ends included (RFC 9110, 14.1.2). */
    private record Span(long from, long to) {
        /** Empty for what is no range of bytes: then all are meant. */
        static Optional<Span> of(String header, long size) {
            Matcher match = RANGE.matcher(header);
            if (!match.matches() || header.endsWith("=-")) {
                return Optional.empty();
            }
            if (match.group(1).isEmpty()) {
                return Optional.of(new Span(Math.max(0, size - Long.parseLong(match.group(2))), size - 1));
            }
            long to = match.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(match.group(2)));
            return Optional.of(new Span(Long.parseLong(match.group(1)), to));
        }
    }

    private void delete(Exchange exchange) {
        String name = Names.repository(exchange);
        Digest digest = Names.digest(exchange.parameter("digest"));
        if (!repositories.deleteBlob(name, digest)) {
            throw unknown(name, digest);
        }
        exchange.empty(202);
    }
}
