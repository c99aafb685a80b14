package org.berth.image.debian;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One paragraph of a Debian control file (deb822(5)): fields by name, in any case. A value of many
 * lines keeps its line breaks and the blanks that its lines begin with.
 */
record Stanza(Map<String, String> fields) {
    /** Every paragraph of a text; lines that begin with # are comments. */
    static List<Stanza> parse(String text) {
        List<Stanza> stanzas = new ArrayList<>();
        Map<String, String> fields = empty();
        String name = "";
        for (String line : text.split("\n", -1)) {
            String trimmed = line.stripTrailing();
            if (trimmed.startsWith("#")) {
                continue;
            }
            if (trimmed.isEmpty()) {
                name = "";
                if (!fields.isEmpty()) {
                    stanzas.add(new Stanza(fields));
                    fields = empty();
                }
                continue;
            }
            int colon = trimmed.indexOf(':');
            boolean continued = trimmed.charAt(0) == ' ' || trimmed.charAt(0) == '\t';
            if (continued && !name.isEmpty()) {
                fields.merge(name, trimmed, (value, next) -> value + "\n" + next);
            } else if (!continued && colon > 0) {
                name = trimmed.substring(0, colon);
                fields.put(name, trimmed.substring(colon + 1).strip());
            }
        }
        if (!fields.isEmpty()) {
            stanzas.add(new Stanza(fields));
        }
        return stanzas;
    }

    private static Map<String, String> empty() {
        return new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    }

    /** A field's value; "" when the field is missing. */
    String get(String name) {
        return fields.getOrDefault(name, "");
    }

    /** A field's value, unless it is missing or empty. */
    Optional<String> find(String name) {
        return Optional.of(get(name)).filter(value -> !value.isEmpty());
    }

    /** A field's value as words. */
    List<String> words(String name) {
        String value = get(name).strip();
        return value.isEmpty() ? List.of() : List.of(value.split("\\s+"));
    }
}
