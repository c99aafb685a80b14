package org.berth.control;

import java.time.Duration;

/**
 * The waits of the reconciler, in one place.
 *
 * @param drain from a task's leaving the balance to its stop, so that what was on its way arrives
 * @param settle how long a new task without a health check must run before an old one goes for it
 * @param backoffFirst the wait before a failed task is replaced; doubled with each failure in a row
 * @param backoffMost the longest such wait
 * @param backoffReset a task that ran this long starts a new row
 * @param observeAgain how often the node is looked at when nothing happens
 */
public record Timing(
        Duration drain,
        Duration settle,
        Duration backoffFirst,
        Duration backoffMost,
        Duration backoffReset,
        Duration observeAgain) {
    public static final Timing DEFAULT = new Timing(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30));

    /** The wait after so many failures in a row. */
    Duration backoff(int failures) {
        Duration wait = backoffFirst;
        for (int i = 1; i < failures && wait.compareTo(backoffMost) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(backoffMost) > 0 ? backoffMost : wait;
    }
}
