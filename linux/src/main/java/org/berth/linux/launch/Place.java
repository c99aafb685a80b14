package org.berth.linux.launch;

/**
 * A place in a program's memory.
 *
 * @param offset bytes from the start of {@code datum}
 */
public record Place(Datum datum, int offset) {}
