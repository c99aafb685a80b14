package org.berth.compose;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/** Names with values, written as a mapping or as a list of {@code NAME=value}. */
final class TextMaps {
    private TextMaps() {}

    /** With a name alone meaning the variable of that name: environment, build arguments. */
    static Map<String, String> variables(Fields fields, String key) {
        return read(fields, key, true);
    }

    /** With a name alone meaning an empty value: labels. */
    static Map<String, String> labels(Fields fields, String key) {
        return read(fields, key, false);
    }

    private static Map<String, String> read(Fields fields, String key, boolean inherit) {
        Map<String, String> result = new LinkedHashMap<>();
        fields.value(key).ifPresent(value -> {
            switch (value) {
                case YamlValue.Mapping mapping ->
                    mapping.entries().forEach((name, entry) -> put(fields, result, name, entry, inherit));
                case YamlValue.Sequence sequence ->
                    sequence.items().forEach(item -> put(fields, key, result, item, inherit));
                default -> fields.context().expected(fields.name(key), "a mapping or a list of NAME=value", value);
            }
        });
        return result;
    }

    private static void put(
            Fields fields, Map<String, String> result, String name, YamlValue.Entry entry, boolean inherit) {
        if (!checkName(fields, name, entry.position())) {
            return;
        }
        if (entry.value() instanceof YamlValue.Null) {
            inherited(fields, name, inherit).ifPresent(value -> result.put(name, value));
        } else {
            fields.context().text("'" + name + "'", entry.value()).ifPresent(value -> result.put(name, value));
        }
    }

    private static void put(Fields fields, String key, Map<String, String> result, YamlValue item, boolean inherit) {
        Optional<String> text = fields.context().text("an item of " + fields.name(key), item);
        if (text.isEmpty()) {
            return;
        }
        String pair = text.get();
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        if (!checkName(fields, name, item.position())) {
            return;
        }
        if (equals < 0) {
            inherited(fields, name, inherit).ifPresent(value -> result.put(name, value));
        } else {
            result.put(name, pair.substring(equals + 1));
        }
    }

    private static Optional<String> inherited(Fields fields, String name, boolean inherit) {
        return inherit ? fields.context().variables().find(name) : Optional.of("");
    }

    private static boolean checkName(Fields fields, String name, Position position) {
        if (name.isBlank() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
            fields.context().problems().report(position, "'" + name + "' is not a name: expected NAME=value");
            return false;
        }
        return true;
    }
}
