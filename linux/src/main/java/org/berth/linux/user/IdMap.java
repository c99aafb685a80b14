package org.berth.linux.user;

/**
 * One line of uid_map and gid_map (user_namespaces(7)).
 *
 * @param inside the first id in the namespace
 * @param outside what that is in the parent
 */
record IdMap(long inside, long outside, long count) {
    /** That of containers of the range. */
    static IdMap of(UserRange range) {
        return new IdMap(0, range.first(), UserRange.COUNT);
    }

    /** The way back: what is the range's on the disk is seen with the containers' own ids. */
    static IdMap back(UserRange range) {
        return new IdMap(range.first(), 0, UserRange.COUNT);
    }

    String line() {
        return inside + " " + outside + " " + count + "\n";
    }
}
