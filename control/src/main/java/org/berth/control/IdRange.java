package org.berth.control;

/**
 * User and group ids of the host that a project has for itself. What is stored on disk bears the
 * container's own ids; the range is for user namespaces to map them to.
 *
 * @param first the host's id of the container's id 0
 * @param size how many
 */
public record IdRange(long first, long size) {
    /** Ids in one project's range, as many as subuid(5) gives to a user. */
    static final long SIZE = 65_536;
    /** Above what adduser, subuid(5) and systemd-nspawn take for themselves by default. */
    static final long FIRST = 2_000_000_000L;
    /** How many projects have a range; below 2^32 - 2. */
    static final int RANGES_MAX = 30_000;

    static IdRange ofIndex(long index) {
        return new IdRange(FIRST + index * SIZE, SIZE);
    }
}
