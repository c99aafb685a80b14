package org.berth.linux.launch;

/**
 * A place in a program's memory.
 *
 * @param offset bytes from the start of {@code datum}
 */
public record Place(Datum datum, int offset) {
    /** As the printer writes it: "status" or "status+8". */
    @Override
    public String toString() {
        return offset == 0 ? datum.name() : datum.name() + "+" + offset;
    }
}
