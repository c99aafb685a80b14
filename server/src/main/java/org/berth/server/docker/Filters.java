package org.berth.server.docker;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import tools.jackson.databind.JsonNode;

/**
 * The {@code filters} of a list request: {"status": {"running": true}} or {"status": ["running"]}.
 * Values of one key are alternatives, but labels, which must all fit.
 */
record Filters(Map<String, Set<String>> values) {
    /** Reads them; INVALID names a key that {@code known} lacks. */
    static Filters parse(Optional<String> text, Set<String> known) {
        Map<String, Set<String>> values = new LinkedHashMap<>();
        if (text.isPresent()) {
            for (Map.Entry<String, JsonNode> entry :
                    Tree.parse("filters", text.get()).properties()) {
                if (!known.contains(entry.getKey())) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            "invalid filter '" + entry.getKey() + "': expected one of "
                                    + String.join(", ", known.stream().sorted().toList()));
                }
                values.put(entry.getKey(), read(entry.getValue()));
            }
        }
        return new Filters(values);
    }

    private static Set<String> read(JsonNode node) {
        Set<String> set = new LinkedHashSet<>();
        if (node.isArray()) {
            node.forEach(item -> set.add(item.asString()));
        } else {
            set.addAll(node.propertyNames());
        }
        return set;
    }

    /** The values of a key; none when it isn't filtered by. */
    Set<String> of(String key) {
        return values.getOrDefault(key, Set.of());
    }

    /** Whether the key isn't filtered by, or one of its values fits. */
    boolean any(String key, Predicate<String> fits) {
        Set<String> wanted = of(key);
        return wanted.isEmpty() || wanted.stream().anyMatch(fits);
    }

    /** Whether every label asked for ("key" or "key=value") is there. */
    boolean labels(Map<String, String> labels) {
        return of("label").stream().allMatch(wanted -> hasLabel(labels, wanted))
                && of("label!").stream().noneMatch(unwanted -> hasLabel(labels, unwanted));
    }

    private static boolean hasLabel(Map<String, String> labels, String wanted) {
        int equals = wanted.indexOf('=');
        if (equals < 0) {
            return labels.containsKey(wanted);
        }
        return wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
    }

    /** Whether a key is there with a true value. */
    boolean isTrue(String key) {
        return of(key).stream().anyMatch(value -> value.equals("true") || value.equals("1"));
    }

    /** Whether a key is there with a false value. */
    boolean isFalse(String key) {
        return of(key).stream().anyMatch(value -> value.equals("false") || value.equals("0"));
    }
}
