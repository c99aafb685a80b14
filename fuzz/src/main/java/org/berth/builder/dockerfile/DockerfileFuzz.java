package org.berth.builder.dockerfile;

import java.util.Map;
import org.berth.base.BerthException;
import org.berth.fuzz.Texts;

/** Input: a Dockerfile. */
public final class DockerfileFuzz {
    private DockerfileFuzz() {}

    /** It is refused in our own words, or read; the same for a word with variables. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Texts.whole(input);
        try {
            DockerfileParser.parse("Dockerfile", text);
        } catch (BerthException e) {
            // refused
        }
        try {
            Words.expand(text, Map.of("A", "value", "EMPTY", ""), '\\', new Place("Dockerfile", 1));
        } catch (BerthException e) {
            // refused
        }
    }
}
