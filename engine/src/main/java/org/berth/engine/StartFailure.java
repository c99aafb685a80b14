package org.berth.engine;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.ProgramNotStarted;

/**
 * Why a container did not start, as its record keeps it. The exit code is what a shell gives: 127
 * for a program that is not there, 126 for one that can't be executed, else 128 as docker has it.
 */
record StartFailure(int exitCode, String message, RuntimeException exception) {
    private static final int NOT_STARTED = 128;

    static StartFailure of(RuntimeException cause) {
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new StartFailure(exitCode(cause), message, coded(cause, message));
    }

    private static int exitCode(RuntimeException cause) {
        return cause.getCause() instanceof ProgramNotStarted program ? program.exitCode() : NOT_STARTED;
    }

    private static RuntimeException coded(RuntimeException cause, String message) {
        return cause instanceof BerthException ? cause : new BerthException(ErrorCode.KERNEL, message, cause);
    }
}
