package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;

/** Files of a container as tar streams: docker cp. */
final class ArchiveEndpoints {
    private static final String STAT_HEADER = "X-Docker-Container-Path-Stat";
    private static final int PIPE_BYTES = 64 * 1024;

    /** Bits of Go's os.FileMode that tell a file's kind. */
    private static final long GO_FOLDER = 1L << 31;

    private static final long GO_LINK = 1L << 27;

    private final Containers containers;

    ArchiveEndpoints(Engine engine) {
        this.containers = engine.containers();
    }

    void register(Routes routes) {
        routes.add("HEAD", "/containers/{name}/archive", this::head)
                .add("GET", "/containers/{name}/archive", this::read)
                .add("PUT", "/containers/{name}/archive", this::write);
    }

    private static String path(Exchange exchange) {
        return exchange.query("path")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "query parameter path must be a path"));
    }

    private void head(Exchange exchange) {
        exchange.with(STAT_HEADER, header(stat(exchange.parameter("name"), path(exchange))))
                .empty(200);
    }

    private void read(Exchange exchange) throws IOException {
        String name = exchange.parameter("name");
        String path = path(exchange);
        exchange.with(STAT_HEADER, header(stat(name, path)));
        LiveStream stream = exchange.stream(200, "application/x-tar");
        try {
            containers.copyOut(name, path, stream);
        } catch (RuntimeException e) {
            stream.abort();
            throw e;
        }
        stream.close();
    }

    private void write(Exchange exchange) throws IOException {
        try (var tar = exchange.input()) {
            containers.copyIn(exchange.parameter("name"), path(exchange), tar);
        }
        exchange.empty(200);
    }

    /** What the first entry of the path's tar stream says. */
    private TarArchiveEntry stat(String name, String path) {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        try (PipedInputStream input = new PipedInputStream(PIPE_BYTES);
                PipedOutputStream output = new PipedOutputStream(input)) {
            Thread.ofVirtual().name("stat").start(() -> copyOut(name, path, output, failure));
            try (TarArchiveInputStream tar = new TarArchiveInputStream(input)) {
                TarArchiveEntry entry = tar.getNextEntry();
                if (entry != null) {
                    return entry;
                }
            }
        } catch (IOException e) {
            throw refusal(path, failure, e);
        }
        throw refusal(path, failure, new IOException("no entry"));
    }

    private void copyOut(String name, String path, OutputStream output, AtomicReference<RuntimeException> failure) {
        try (output) {
            containers.copyOut(name, path, output);
        } catch (RuntimeException e) {
            failure.set(e);
        } catch (IOException e) {
            failure.set(new BerthException(ErrorCode.INTERNAL, "read " + path + ": " + e.getMessage(), e));
        }
    }

    private static RuntimeException refusal(String path, AtomicReference<RuntimeException> failure, IOException e) {
        RuntimeException first = failure.get();
        return first != null
                ? first
                : new BerthException(ErrorCode.NOT_FOUND, "could not find the file " + path + " in the container", e);
    }

    static String header(TarArchiveEntry entry) {
        Path name = Path.of(entry.getName()).getFileName();
        Instant modified = entry.getLastModifiedTime().toInstant();
        Map<String, Object> stat = object().with("name", name == null ? "/" : name.toString())
                .with("size", entry.getSize())
                .with("mode", mode(entry))
                .with("mtime", Times.text(modified))
                .with("linkTarget", entry.isSymbolicLink() ? entry.getLinkName() : "")
                .map();
        return Base64.getEncoder().encodeToString(Json.MAPPER.writeValueAsBytes(stat));
    }

    private static long mode(TarArchiveEntry entry) {
        long mode = entry.getMode() & 0777;
        if (entry.isDirectory()) {
            mode |= GO_FOLDER;
        }
        return entry.isSymbolicLink() ? mode | GO_LINK : mode;
    }
}
