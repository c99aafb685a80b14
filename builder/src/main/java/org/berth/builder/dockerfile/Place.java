package org.berth.builder.dockerfile;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where something is written.
 *
 * @param file as the user named it
 * @param line from 1
 */
public record Place(String file, int line) {
    /** An error of what is written here. */
    public BerthException invalid(String message) {
        return new BerthException(ErrorCode.INVALID, this + ": " + message);
    }

    /** Something of the language that Berth has not. */
    public BerthException unsupported(String message) {
        return new BerthException(ErrorCode.UNSUPPORTED, this + ": " + message);
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
