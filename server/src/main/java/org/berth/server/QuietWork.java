package org.berth.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.berth.server.http.Activity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A young daemon's code is interpreted, and its first starts take three times as long as later ones: in its first quiet
 * moments it rehearses them, one round at a time, and begins none while a request is carried out (docs/decisions/0008).
 */
final class QuietWork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QuietWork.class);

    /** As many as it takes until a further one is no faster. */
    private static final int ROUNDS = 40;

    /** A daemon that never was quiet for so long has compiled what it needs. */
    private static final Duration UNTIL = Duration.ofMinutes(10);

    private static final Duration QUIET = Duration.ofMillis(500);
    /** A round takes some 30 ms, its taking down some 100. */
    private static final Duration END_MAX = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(100);

    private final Activity activity;
    private final Path folder;
    private final BerthServer.Parts parts;
    private final CountDownLatch end = new CountDownLatch(1);
    private final long began = System.nanoTime();
    private final CompletableFuture<Void> done;

    private QuietWork(Activity activity, Path folder, BerthServer.Parts parts) {
        this.activity = activity;
        this.folder = folder;
        this.parts = parts;
        this.done = BerthServer.beside(() -> {
            run();
            return null;
        });
    }

    /** Begins to wait for a quiet moment. @param folder for the rehearsal */
    static QuietWork begin(Activity activity, Path folder, BerthServer.Parts parts) {
        return new QuietWork(activity, folder, parts);
    }

    private void run() {
        try {
            if (!quiet()) {
                return;
            }
            try (Rehearsal rehearsal = Rehearsal.open(folder, parts)) {
                for (int i = 0; i < ROUNDS && quiet(); i++) {
                    rehearsal.round();
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.info("starts were not rehearsed: {}", e.getMessage());
            LOG.debug("rehearsal", e);
        }
    }

    /** Waits for a quiet moment. @return whether it came, before the daemon's end */
    private boolean quiet() {
        try {
            while (System.nanoTime() - began < UNTIL.toNanos()) {
                if (end.getCount() == 0) {
                    return false;
                }
                if (activity.quietNanos() > QUIET.toNanos()) {
                    return true;
                }
                if (end.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Completes when there will be no more of it. */
    CompletableFuture<Void> done() {
        return done;
    }

    @Override
    public void close() {
        end.countDown();
        try {
            done.orTimeout(END_MAX.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            LOG.warn("the rehearsal of starts did not end; the next daemon takes down what is left of it");
        }
    }
}
