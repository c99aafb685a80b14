package org.berth.linux.user;

import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

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

    /** The id outside for a container's; empty when the range has none for it. */
    public OptionalLong outside(long inside) {
        return inside >= 0 && inside < COUNT ? OptionalLong.of(first + inside) : OptionalLong.empty();
    }

    /**
     * The same of one that must be the container's: any other number is an id of the machine's, or of another range.
     *
     * @param whose what has the id, for people
     * @throws BerthException INVALID when the range has none for it
     */
    public long require(long inside, String whose) {
        return outside(inside)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.INVALID,
                        whose + ": the id " + inside + " is not among the container's, which are 0 to " + (COUNT - 1)
                                + ": take one of these, or userns_mode: host for those of the machine"));
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
