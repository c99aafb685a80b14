package org.berth.compose;

import java.util.OptionalInt;

/**
 * What happens to a task that ended.
 *
 * @param maximumRetries after how many failures in a row it is given up (on-failure only); empty for
 *     never
 */
public record Restart(Policy policy, OptionalInt maximumRetries) {
    /** Compose's default: a task that ended stays ended. */
    public static final Restart NO = new Restart(Policy.NO, OptionalInt.empty());

    /** Berth's default for a service with a health check: it is kept healthy (docs/decisions/0005). */
    static final Restart KEPT = new Restart(Policy.UNLESS_STOPPED, OptionalInt.empty());

    /** The file says nothing, nor of a health check: its image decides ({@link Project#settled}). */
    static final Restart UNSAID = new Restart(Policy.UNSAID, OptionalInt.empty());

    /** Compose's four policies, and that nothing is said. */
    public enum Policy {
        /** {@link #KEPT} where the image has a health check, else as {@link #NO}. */
        UNSAID,
        NO,
        ALWAYS,
        ON_FAILURE,
        UNLESS_STOPPED
    }
}
