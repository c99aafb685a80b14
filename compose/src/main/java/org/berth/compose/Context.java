package org.berth.compose;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.compose.text.Interpolation;
import org.berth.compose.text.Spelling;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/** What every reader of a part of the file needs: its folder, the variables, where problems go. */
record Context(Path folder, Variables variables, Problems problems) {

    /** A scalar's text with its variables replaced; what is wrong is reported, and the text is empty. */
    String text(YamlValue.Scalar scalar) {
        return attempt(
                        scalar.position(),
                        () -> Interpolation.apply(
                                scalar.text(),
                                variables::find,
                                name -> problems.warn(
                                        scalar.position(), "variable " + name + " is not set: taken as empty")))
                .orElse("");
    }

    /** A text wherever one is expected, else the problem is reported. */
    Optional<String> text(String what, YamlValue value) {
        if (value instanceof YamlValue.Scalar scalar) {
            return Optional.of(text(scalar));
        }
        expected(what, "a text", value);
        return Optional.empty();
    }

    /** The result, or empty when it threw, which is reported. */
    <T> Optional<T> attempt(Position position, Supplier<T> parse) {
        try {
            return Optional.of(parse.get());
        } catch (TextException e) {
            problems.report(position, e.problem());
            return Optional.empty();
        }
    }

    void expected(String what, String form, YamlValue value) {
        problems.report(value.position(), what + " must be " + form + ", not " + value.kind());
    }

    /** A path of the file: relative to its folder, {@code ~} is the home folder. */
    String path(String text) {
        if (text.equals("~") || text.startsWith("~/")) {
            String home = variables.find("HOME").orElse("/root");
            return Path.of(home + text.substring(1)).normalize().toString();
        }
        return folder.resolve(text).normalize().toString();
    }

    /** Refuses every key that {@code keys} does not have, but extensions. */
    void checkKeys(YamlValue.Mapping mapping, Keys keys, String where) {
        mapping.entries().forEach((key, entry) -> {
            if (key.startsWith("x-") || keys.supported().contains(key)) {
                return;
            }
            if (keys.known().contains(key)) {
                problems.reportUnsupported(entry.position(), "key '" + key + "' in " + where + KeyAdvice.of(keys, key));
            } else {
                problems.report(
                        entry.position(),
                        "unknown key '" + key + "' in " + where + ": "
                                + Spelling.nearest(key, keys.supported())
                                        .map(near -> "did you mean '" + near + "'?")
                                        .orElseGet(() -> "expected one of " + String.join(", ", keys.supported())));
            }
        });
    }
}
