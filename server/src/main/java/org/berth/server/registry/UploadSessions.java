package org.berth.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.image.store.ContentStore;
import org.berth.server.http.Exchange;
import org.berth.server.registry.RegistryFault.Code;

/**
 * Uploads that have begun: each a draft in the content store, hashed as it streams. One that nobody goes on with for an hour
 * is forgotten; all are when the registry ends.
 */
final class UploadSessions implements AutoCloseable {
    private static final int SESSIONS_MAX = 256;
    private static final Duration IDLE_MAX = Duration.ofHours(1);
    private static final int PIECE_BYTES = 256 * 1024;

    private final ContentStore content;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    UploadSessions(ContentStore content) {
        this.content = content;
    }

    /** Begins one, held. */
    Session begin(String repository) throws IOException {
        sessions.values().stream().filter(Session::isForgotten).forEach(Session::endIfFree);
        if (sessions.size() >= SESSIONS_MAX) {
            throw new RegistryFault(429, Code.TOOMANYREQUESTS, "there are " + SESSIONS_MAX + " uploads; finish some");
        }
        Session session = new Session(repository, UUID.randomUUID().toString(), content.draft());
        sessions.put(session.id, session);
        session.lock.lock();
        return session;
    }

    /** An upload that nobody else can use until it is closed. */
    Session hold(String repository, String id) {
        Session session = sessions.get(id);
        if (session == null || !session.repository.equals(repository)) {
            throw unknown(repository);
        }
        session.lock.lock();
        if (session.ended) {
            session.lock.unlock();
            throw unknown(repository);
        }
        return session;
    }

    private static RegistryFault unknown(String repository) {
        return new RegistryFault(404, Code.BLOB_UPLOAD_UNKNOWN, repository + " has no such upload");
    }

    @Override
    public void close() {
        sessions.values().forEach(session -> {
            session.lock.lock();
            try {
                session.end();
            } finally {
                session.lock.unlock();
            }
        });
    }

    /** One upload. Closing it lets others use it. */
    final class Session implements AutoCloseable {
        private final String repository;
        private final String id;
        private final ContentStore.Draft draft;
        private final ReentrantLock lock = new ReentrantLock();
        private volatile long usedNanos = System.nanoTime();
        private boolean ended;

        private Session(String repository, String id, ContentStore.Draft draft) {
            this.repository = repository;
            this.id = id;
            this.draft = draft;
        }

        String repository() {
            return repository;
        }

        String id() {
            return id;
        }

        ContentStore.Draft draft() {
            return draft;
        }

        long size() {
            return draft.size();
        }

        /** Adds the request's body; what came before a cut stays. */
        void append(Exchange exchange) throws IOException {
            byte[] piece = new byte[PIECE_BYTES];
            try (InputStream body = exchange.input()) {
                for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                    draft.write(piece, 0, count);
                }
            }
        }

        /** Forgets what has come. */
        void end() {
            ended = true;
            sessions.remove(id);
            try {
                draft.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean isForgotten() {
            return System.nanoTime() - usedNanos > IDLE_MAX.toNanos();
        }

        private void endIfFree() {
            if (lock.tryLock()) {
                try {
                    end();
                } finally {
                    lock.unlock();
                }
            }
        }

        @Override
        public void close() {
            usedNanos = System.nanoTime();
            lock.unlock();
        }
    }
}
