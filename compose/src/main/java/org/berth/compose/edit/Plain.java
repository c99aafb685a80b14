package org.berth.compose.edit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.yaml.YamlProblem;
import org.berth.compose.yaml.YamlReader;
import org.berth.compose.yaml.YamlValue;

/** What a YAML text says, without where: maps, lists and texts that can be compared. */
final class Plain {
    private static final Optional<Object> NOTHING = Optional.empty();

    private Plain() {}

    /** Reads a text; INVALID with file, line and column for what is wrong. */
    static Object read(String file, String text) {
        List<YamlProblem> problems = new ArrayList<>();
        Optional<YamlValue> value = YamlReader.read(file, text, problems::add);
        if (!problems.isEmpty()) {
            YamlProblem first = problems.getFirst();
            throw new BerthException(ErrorCode.INVALID, first.position() + ": " + first.message());
        }
        return value.map(Plain::of).orElse(NOTHING);
    }

    private static Object of(YamlValue value) {
        return switch (value) {
            case YamlValue.Scalar scalar -> scalar.text();
            case YamlValue.Null ignored -> NOTHING;
            case YamlValue.Sequence sequence -> {
                List<Object> items = new ArrayList<>();
                sequence.items().forEach(item -> items.add(of(item)));
                yield items;
            }
            case YamlValue.Mapping mapping -> {
                Map<String, Object> entries = new LinkedHashMap<>();
                mapping.entries().forEach((key, entry) -> entries.put(key, of(entry.value())));
                yield entries;
            }
        };
    }

    /** What stands at a path; merge keys applied. */
    static Optional<Object> at(Object value, List<String> path) {
        Object at = value;
        for (String key : path) {
            if (!(at instanceof Map<?, ?> map) || !map.containsKey(key)) {
                return Optional.empty();
            }
            at = map.get(key);
        }
        return Optional.of(at);
    }

    /** A value with an addition in it; the value given is not changed. */
    static Object with(Object value, List<String> path, List<Object> entries, List<Object> items) {
        if (!path.isEmpty()) {
            Map<Object, Object> copy = new LinkedHashMap<>(value instanceof Map<?, ?> map ? map : Map.of());
            Object below = copy.getOrDefault(path.getFirst(), NOTHING);
            copy.put(path.getFirst(), with(below, path.subList(1, path.size()), entries, items));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>(list);
            copy.addAll(items);
            return copy;
        }
        if (entries.isEmpty()) {
            return items;
        }
        Map<Object, Object> copy = new LinkedHashMap<>(value instanceof Map<?, ?> map ? map : Map.of());
        entries.forEach(entry -> copy.putAll((Map<?, ?>) entry));
        return copy;
    }
}
