package org.berth.linux.launch;

import java.util.Optional;

/**
 * What follows a step's result. Without more, a negative result fails the program and any other goes
 * on with the next step.
 *
 * @param tolerated an error number (positive) that is not a failure; 0 for none
 * @param ignoreNegative whether any negative result goes on with the next step
 * @param failOnZero whether zero fails the program (with no error number: the label says it all)
 * @param jump which results jump to {@code target}
 */
public record Outcome(int tolerated, boolean ignoreNegative, boolean failOnZero, Jump jump, Optional<Mark> target) {
    /** The default. */
    public static final Outcome MUST_SUCCEED = new Outcome(0, false, false, Jump.NEVER, Optional.empty());

    /** The results that jump. */
    public enum Jump {
        NEVER,
        ON_TOLERATED,
        ON_NEGATIVE,
        ON_ZERO,
        ON_POSITIVE,
        ALWAYS
    }
}
