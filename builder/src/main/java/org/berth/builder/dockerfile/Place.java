package org.berth.builder.dockerfile;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where something is written.
 *
 * @param file as the user named it
 * @param line from 1
 * @param lastLine of the same instruction
 * @param excerpt the lines around it, with their numbers, those that are meant marked; empty when they are not known
 */
public record Place(String file, int line, int lastLine, String excerpt) {
    /** A line whose text is not at hand. */
    public Place(String file, int line) {
        this(file, line, line, "");
    }

    /** An error of what is written here. */
    public BerthException invalid(String message) {
        return new BerthException(ErrorCode.INVALID, say(message));
    }

    /** Something of the language that Berth has not. */
    public BerthException unsupported(String message) {
        return new BerthException(ErrorCode.UNSUPPORTED, say(message));
    }

    /** A message with the place before it and the excerpt below it. */
    public String say(String message) {
        return this + ": " + message + (excerpt.isEmpty() ? "" : "\n" + excerpt);
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
