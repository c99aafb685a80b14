package org.berth.compose.yaml;

/**
 * A place in a file.
 *
 * @param file the file as the user named it
 * @param line from 1
 * @param column from 1
 */
public record Position(String file, int line, int column) {
    /** {@code file:line:column}, as compilers and editors have it. */
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
