package org.berth.linux.user;

/**
 * The ids of this machine that stand for a container's: its id {@code n} is {@code first + n} outside.
 *
 * @param first the id outside of the container's root
 */
public record UserRange(long first) {
    /** How many ids a range has: all that a system of its own needs, and what subuid(5) is given out in. */
    public static final int COUNT = 65_536;

    private static final long LAST_ID = 0xffff_fffeL;

    public UserRange {
        if (first < COUNT || first + COUNT - 1 > LAST_ID) {
            throw new IllegalArgumentException("a range of ids can't begin at " + first);
        }
    }

    /** The first id after the range. */
    public long end() {
        return first + COUNT;
    }

    /** The id outside for a container's; one that the range has none for is returned as it is. */
    public long outside(long inside) {
        return inside >= 0 && inside < COUNT ? first + inside : inside;
    }

    /** The container's id for one outside; one that is not of the range is returned as it is. */
    public long inside(long outside) {
        return outside >= first && outside < end() ? outside - first : outside;
    }

    /** Whether both have an id in common. */
    public boolean overlaps(long start, long count) {
        return start < end() && first < start + count;
    }
}
