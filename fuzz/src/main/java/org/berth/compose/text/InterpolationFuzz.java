package org.berth.compose.text;

import java.util.Map;
import java.util.Optional;
import org.berth.fuzz.Texts;

/** Input: a text of a Compose file, with variables. */
public final class InterpolationFuzz {
    private static final Map<String, String> VARIABLES = Map.of("A", "value", "EMPTY", "", "B", "$A");

    private InterpolationFuzz() {}

    /** It is refused in our own words, or replaced, once: what a variable holds is taken as it is. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Texts.whole(input);
        try {
            Interpolation.apply(text, name -> Optional.ofNullable(VARIABLES.get(name)), unset -> {});
        } catch (TextException e) {
            // refused
        }
        try {
            ShellWords.split(text);
        } catch (TextException e) {
            // refused
        }
    }
}
