package org.berth.compose;

import java.time.Duration;
import java.util.List;

/**
 * How a task shows that it is well.
 *
 * @param command the program and its arguments, run in the container; a {@code CMD-SHELL} test is
 *     {@code /bin/sh -c TEST}
 * @param interval from the end of one run to the next
 * @param timeout a run that takes longer has failed
 * @param retries failures in a row that make a task unhealthy; 1 or more
 * @param startPeriod while it lasts, failures do not count
 * @param startInterval the interval during the start period
 */
public record HealthCheck(
        List<String> command,
        Duration interval,
        Duration timeout,
        int retries,
        Duration startPeriod,
        Duration startInterval) {
    /** None, whatever the image says: {@code disable: true}, or the test NONE. */
    public static final HealthCheck DISABLED =
            new HealthCheck(List.of(), Duration.ZERO, Duration.ZERO, 0, Duration.ZERO, Duration.ZERO);

    public HealthCheck {
        command = List.copyOf(command);
    }

    /** Whether nothing is run. */
    public boolean disabled() {
        return command.isEmpty();
    }
}
