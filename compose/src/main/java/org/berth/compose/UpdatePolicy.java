package org.berth.compose;

import java.time.Duration;

/**
 * How a change reaches a service's tasks ({@code deploy.update_config}).
 *
 * @param parallelism how many tasks are replaced at a time; 0 for all at once
 * @param delay from one replaced task's being ready to the next replacement
 * @param failureAction what happens when a new task fails
 */
public record UpdatePolicy(int parallelism, Duration delay, Order order, FailureAction failureAction) {
    /** One after the other, the old task stopped before the new one starts. */
    public static final UpdatePolicy DEFAULT =
            new UpdatePolicy(1, Duration.ZERO, Order.STOP_FIRST, FailureAction.PAUSE);

    /** Which comes first. */
    public enum Order {
        /** The old task is stopped, then the new one starts. */
        STOP_FIRST,
        /** The new task is ready and in balance before the old one goes. */
        START_FIRST
    }

    /** What happens when a new task fails. */
    public enum FailureAction {
        /** No further old task is replaced while a new one fails. */
        PAUSE,
        /** The update goes on. */
        CONTINUE
    }
}
