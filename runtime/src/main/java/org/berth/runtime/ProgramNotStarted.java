package org.berth.runtime;

import java.util.Locale;
import java.util.Optional;

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

    /** The code for what another runtime says of a program it could not execute; empty when it speaks of something else. */
    static Optional<Integer> code(String message) {
        if (!message.contains("exec")) {
            return Optional.empty();
        }
        if (message.contains("not found") || message.contains("no such file") || message.contains("No such file")) {
            return Optional.of(NOT_FOUND);
        }
        return message.toLowerCase(Locale.ROOT).contains("permission denied")
                ? Optional.of(NOT_EXECUTABLE)
                : Optional.empty();
    }

    /** What a shell would give: {@link #NOT_FOUND} or {@link #NOT_EXECUTABLE}. */
    public int exitCode() {
        return exitCode;
    }
}
