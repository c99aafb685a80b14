package org.berth.linux.path;

/** What becomes of a symbolic link that is the last component of a path. */
public enum LastLink {
    /** It is followed, within the root. */
    FOLLOW,
    /** The link itself is meant. */
    KEEP
}
