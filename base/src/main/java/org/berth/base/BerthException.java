package org.berth.base;

/**
 * An error with a code. The message names the thing, says what was expected and what to do next; it
 * is lower case, has no full stop at its end and bears the path, or file, line and column.
 */
public final class BerthException extends RuntimeException {
    private final ErrorCode code;

    public BerthException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public BerthException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What kind of error it is. */
    public ErrorCode code() {
        return code;
    }
}
