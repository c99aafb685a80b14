package org.berth.runtime;

/**
 * The cause of a {@link org.berth.base.BerthException} of launch and exec when all was made but the
 * program itself can't be executed.
 */
public final class ProgramNotStarted extends RuntimeException {
    /** The program is not there. */
    public static final int NOT_FOUND = 127;

    /** The program is there and can't be executed: permission, format, a folder. */
    public static final int NOT_EXECUTABLE = 126;

    private final int exitCode;

    ProgramNotStarted(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** What a shell would give: {@link #NOT_FOUND} or {@link #NOT_EXECUTABLE}. */
    public int exitCode() {
        return exitCode;
    }
}
