package org.berth.compose.yaml;

import java.util.List;
import java.util.Map;

/** A value of a YAML document, with its place. An alias is its anchor's value, place included. */
public sealed interface YamlValue {
    /** Where it begins. */
    Position position();

    /** "a text", "a list", ... for messages. */
    String kind();

    /**
     * A scalar.
     *
     * @param text the text as written, quotes and escapes undone
     * @param plain whether it stood without quotes, so that it may be a number or a boolean
     */
    record Scalar(Position position, String text, boolean plain) implements YamlValue {
        @Override
        public String kind() {
            return "a text";
        }
    }

    /** Nothing: {@code null}, {@code ~}, or an empty value. */
    record Null(Position position) implements YamlValue {
        @Override
        public String kind() {
            return "nothing";
        }
    }

    /** A list. */
    record Sequence(Position position, List<YamlValue> items) implements YamlValue {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A mapping in the file's order; its merge keys are applied. */
    record Mapping(Position position, Map<String, Entry> entries) implements YamlValue {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** A key's place and its value. */
    record Entry(Position position, YamlValue value) {}
}
