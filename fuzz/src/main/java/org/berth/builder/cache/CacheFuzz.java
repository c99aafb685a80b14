package org.berth.builder.cache;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.fuzz.Texts;

/** Input: a cache's manifest, its list of steps, and the words that name a place; NUL between. */
public final class CacheFuzz {
    private CacheFuzz() {}

    /** What others wrote is refused in our own words, or read. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> parts = Texts.split(input, 3);
        allowed(() -> CacheDocuments.list(parts.getFirst().getBytes(StandardCharsets.UTF_8), "place"));
        allowed(() -> CacheDocuments.read(parts.get(1).getBytes(StandardCharsets.UTF_8), "place"));
        allowed(() -> CachePlace.from(parts.getLast()));
        allowed(() -> CachePlace.Export.of(parts.getLast()));
    }

    private static void allowed(Runnable reading) {
        try {
            reading.run();
        } catch (BerthException e) {
            // refused
        }
    }
}
