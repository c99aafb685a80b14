package org.berth.image;

/**
 * One path of a root that is not as its image has it.
 *
 * @param path absolute, in the root
 */
public record RootChange(String path, Kind kind) {
    /** What became of it. */
    public enum Kind {
        CHANGED,
        ADDED,
        REMOVED
    }
}
