package org.berth.image.registry;

/**
 * How a large blob is fetched: in parts, several at once, where the server knows ranges (RFC 9110, 14). One connection is slower than
 * a long line; for what is small, asking costs more than it gains.
 *
 * @param least blobs of fewer bytes come in one piece
 * @param part bytes of a part
 * @param atOnce parts of one blob that are under way together
 */
public record Ranges(long least, long part, int atOnce) {
    /** As registries far away are used best, and one nearby is not burdened. */
    public static final Ranges STANDARD = new Ranges(128L << 20, 16L << 20, 3);

    public Ranges {
        if (part < 1 || atOnce < 1) {
            throw new IllegalArgumentException("parts of " + part + " bytes, " + atOnce + " at once");
        }
    }
}
