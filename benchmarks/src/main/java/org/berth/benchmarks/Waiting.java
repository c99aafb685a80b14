package org.berth.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a server to answer, with a deadline. */
final class Waiting {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final long POLL_NANOS = 50_000_000;

    private Waiting() {}

    interface Question {
        boolean yes() throws IOException;
    }

    static void until(String what, Question question) throws IOException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            try {
                if (question.yes()) {
                    return;
                }
            } catch (IOException e) {
                // not yet
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new IOException("not within " + DEADLINE.toSeconds() + " s: " + what);
    }
}
