package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An instruction's flags, checked against those that it has. */
final class Flags {
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    private Flags() {}

    /** Which flags an instruction has. */
    record Known(Set<String> texts, Set<String> rows, Set<String> switches) {
        static final Known NONE = new Known(Set.of(), Set.of(), Set.of());

        Set<String> all() {
            Set<String> all = new java.util.TreeSet<>(texts);
            all.addAll(rows);
            all.addAll(switches);
            return all;
        }
    }

    static Flags of(Statement statement, Known known) {
        Flags flags = new Flags();
        for (String word : statement.flags()) {
            flags.add(statement, known, word);
        }
        return flags;
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(List::getFirst);
    }

    List<String> row(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }

    boolean isOn(String name) {
        return choice(name).orElse(false);
    }

    /** A switch that may be left to its default. */
    Optional<Boolean> choice(String name) {
        return text(name).map(text -> text.equals("true"));
    }

    private void add(Statement statement, Known known, String word) {
        int equals = word.indexOf('=');
        String name = word.substring(2, equals < 0 ? word.length() : equals);
        Optional<String> value = equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
        Place place = statement.place();
        String what = statement.name() + " --" + name;
        if (!known.all().contains(name)) {
            String expected = known.all().isEmpty() ? "none" : "one of --" + String.join(", --", known.all());
            throw place.invalid("unknown flag: " + what + "; expected " + expected);
        }
        if (values.containsKey(name) && !known.rows().contains(name)) {
            throw place.invalid("duplicate flag: " + what + " was given twice");
        }
        if (known.switches().contains(name)) {
            values.put(name, List.of(switched(place, what, value)));
        } else {
            String text =
                    value.orElseThrow(() -> place.invalid("missing a value on flag: expected " + what + "=VALUE"));
            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(text);
        }
    }

    private static String switched(Place place, String what, Optional<String> value) {
        String text = value.map(given -> given.toLowerCase(Locale.ROOT)).orElse("true");
        if (!text.equals("true") && !text.equals("false")) {
            throw place.invalid(what + "=" + value.orElse("") + ": expected true or false");
        }
        return text;
    }
}
