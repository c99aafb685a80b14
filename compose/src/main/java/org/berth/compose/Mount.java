package org.berth.compose;

/**
 * A volume or a host folder in a container.
 *
 * @param source the volume's name in the project, or the host's path, absolute
 * @param target an absolute path in the container
 * @param createSource whether a host folder that is missing is made (bind only)
 */
public record Mount(Kind kind, String source, String target, boolean readOnly, boolean createSource) {
    /** What the source is. */
    public enum Kind {
        /** A named volume of the project. */
        VOLUME,
        /** A file or folder of the host. */
        BIND,
        /** Memory: a file system that goes with the container; the source is its options, as mount(8) has them. */
        MEMORY
    }
}
