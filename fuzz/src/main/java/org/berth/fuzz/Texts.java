package org.berth.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** An input as texts, which a NUL separates. */
public final class Texts {
    private Texts() {}

    /** Exactly {@code count} of them; what is missing is empty, and the last has the rest. */
    public static List<String> split(byte[] input, int count) {
        String[] parts = new String(input, StandardCharsets.UTF_8).split("\0", count);
        String[] filled = Arrays.copyOf(parts, count);
        for (int i = parts.length; i < count; i++) {
            filled[i] = "";
        }
        return List.of(filled);
    }

    /** The whole of it. */
    public static String whole(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }
}
