package org.berth.server.registry;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.store.Digest;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.registry.RegistryFault.Code;

/** Blobs on their way here (distribution-spec, "Pushing blobs"): at once, after a POST, or in chunks. */
final class UploadHandlers implements AutoCloseable {
    private static final String BEGIN = "/v2/{name*}/blobs/uploads/";
    private static final String SESSION = "/v2/{name*}/blobs/uploads/{id}";
    private static final Pattern RANGE = Pattern.compile("(?:bytes )?([0-9]{1,18})-([0-9]{1,18})(?:/.*)?");

    private final ServedRepositories repositories;
    private final UploadSessions sessions;

    UploadHandlers(ServedRepositories repositories) {
        this.repositories = repositories;
        this.sessions = new UploadSessions(repositories.content());
    }

    void register(Routes routes) {
        routes.add("POST", BEGIN, this::begin)
                .add("GET", SESSION, this::status)
                .add("PATCH", SESSION, this::append)
                .add("PUT", SESSION, this::finish)
                .add("DELETE", SESSION, this::cancel);
    }

    private void begin(Exchange exchange) throws IOException {
        String name = Names.repository(exchange);
        Optional<String> mount = exchange.query("mount");
        if (mount.isPresent()) {
            Digest digest = Names.digest(mount.get());
            if (repositories.mount(name, digest, exchange.query("from"))) {
                created(exchange, name, digest);
                return;
            }
        }
        Optional<Digest> digest = exchange.query("digest").map(Names::digest);
        try (UploadSessions.Session session = sessions.begin(name)) {
            if (digest.isPresent()) {
                session.append(exchange);
                commit(exchange, session, digest.get());
                return;
            }
            located(exchange, session).empty(202);
        }
    }

    private void status(Exchange exchange) {
        try (UploadSessions.Session session = session(exchange)) {
            located(exchange, session).empty(204);
        }
    }

    private void append(Exchange exchange) throws IOException {
        try (UploadSessions.Session session = session(exchange)) {
            requireNext(exchange, session);
            session.append(exchange);
            located(exchange, session).empty(202);
        }
    }

    private void finish(Exchange exchange) throws IOException {
        Digest digest = Names.digest(exchange.query("digest")
                .orElseThrow(() -> new RegistryFault(400, Code.DIGEST_INVALID, "expected the blob's digest")));
        try (UploadSessions.Session session = session(exchange)) {
            requireNext(exchange, session);
            session.append(exchange);
            commit(exchange, session, digest);
        }
    }

    private void cancel(Exchange exchange) {
        try (UploadSessions.Session session = session(exchange)) {
            session.end();
        }
        exchange.empty(204);
    }

    private void commit(Exchange exchange, UploadSessions.Session session, Digest digest) throws IOException {
        try {
            repositories.commit(session.repository(), session.draft(), digest);
        } catch (BerthException e) {
            throw e.code() == ErrorCode.INVALID
                    ? new RegistryFault(400, Code.DIGEST_INVALID, String.valueOf(e.getMessage()))
                    : e;
        } finally {
            session.end();
        }
        created(exchange, session.repository(), digest);
    }

    private static void created(Exchange exchange, String name, Digest digest) {
        exchange.with("Location", "/v2/" + name + "/blobs/" + digest)
                .with("Docker-Content-Digest", digest.toString())
                .empty(201);
    }

    private UploadSessions.Session session(Exchange exchange) {
        return sessions.hold(Names.repository(exchange), exchange.parameter("id"));
    }

    /** Bytes come in their order; what doesn't fit is told where it stands. */
    private static void requireNext(Exchange exchange, UploadSessions.Session session) {
        Optional<String> header = exchange.header("Content-Range");
        if (header.isEmpty()) {
            return;
        }
        Matcher range = RANGE.matcher(header.get());
        boolean next = range.matches() && Long.parseLong(range.group(1)) == session.size();
        if (!next) {
            located(exchange, session);
            throw new RegistryFault(
                    416,
                    Code.BLOB_UPLOAD_INVALID,
                    "the upload has " + session.size() + " bytes, and goes on with the next one");
        }
    }

    private static Exchange located(Exchange exchange, UploadSessions.Session session) {
        return exchange.with("Location", "/v2/" + session.repository() + "/blobs/uploads/" + session.id())
                .with("Docker-Upload-UUID", session.id())
                .with("Range", "0-" + Math.max(0, session.size() - 1));
    }

    @Override
    public void close() {
        sessions.close();
    }
}
