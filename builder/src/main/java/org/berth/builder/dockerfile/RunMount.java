package org.berth.builder.dockerfile;

import java.util.Optional;

/** What a RUN sees besides the image: {@code RUN --mount=type=...}. Targets are as they are written. */
public sealed interface RunMount {
    /** Where; relative to the working folder. */
    String target();

    /**
     * Files of the build's folder, a stage or an image.
     *
     * @param from empty: the build's folder
     * @param source a path in it, "/" for all
     * @param readOnly else what is written is lost after the step
     */
    record Bind(String target, Optional<String> from, String source, boolean readOnly) implements RunMount {}

    /**
     * A folder that stays from build to build.
     *
     * @param id whose folder it is; the target when none is given
     * @param from what it holds at its beginning; empty: nothing
     * @param access of the folder, when it is made
     */
    record Cache(
            String target,
            String id,
            Sharing sharing,
            boolean readOnly,
            Optional<String> from,
            String source,
            Access access)
            implements RunMount {}

    /** Who may use a cache at the same time. */
    enum Sharing {
        /** All. */
        SHARED,
        /** Each has one of its own. */
        PRIVATE,
        /** One after another. */
        LOCKED
    }

    /**
     * Memory.
     *
     * @param bytesMax 0 for no bound of its own
     */
    record Memory(String target, long bytesMax) implements RunMount {}

    /**
     * A secret given with the build.
     *
     * @param target empty for none: then it is a variable only
     * @param variable the environment variable that has it
     * @param required whether it is an error when it was not given
     */
    record Secret(String target, String id, Optional<String> variable, boolean required, Access access)
            implements RunMount {}

    /** The socket of an agent that holds keys. */
    record Agent(String target, String id, boolean required, Access access) implements RunMount {}

    /** Owner and permissions. */
    record Access(long uid, long gid, int mode) {}
}
