package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Collects what the checks find, as far as the Dockerfile wants it said. */
public final class Lint {
    private static final int WARNINGS_MAX = 500;
    private static final int SUGGESTION_DISTANCE_MAX = 2;

    private final LintOptions options;
    private final Set<Warning> warnings = new LinkedHashSet<>();

    /** For a Dockerfile with these directives. */
    public Lint(Directives directives, Place beginning) {
        this.options = LintOptions.parse(directives.check().orElse(""), beginning);
    }

    /** A finding: not wrong, but seldom what is meant. */
    public record Warning(LintRule rule, String message, Place place) {
        /** "StageNameCasing: message (line 3)". */
        public String line() {
            return rule.title() + ": " + message + " (line " + place.line() + ")";
        }

        @Override
        public String toString() {
            return place.say(rule.title() + ": " + message);
        }
    }

    /** One more finding at an instruction. */
    public void warn(LintRule rule, Instruction.Origin origin, String message) {
        if (options.with(origin.comments(), origin.place()).allows(rule)) {
            add(new Warning(rule, message, origin.place()));
        }
    }

    /** One more finding at a place. */
    public void warn(LintRule rule, Place place, String message) {
        if (options.allows(rule)) {
            add(new Warning(rule, message, place));
        }
    }

    /** What was found until now, in the order of lines. */
    public List<Warning> warnings() {
        return warnings.stream()
                .sorted(java.util.Comparator.comparingInt(
                        warning -> warning.place().line()))
                .toList();
    }

    /** Fails where the Dockerfile says {@code check=error=true} and something was found. */
    public void fail() {
        if (options.error() && !warnings.isEmpty()) {
            List<Warning> all = warnings();
            String rules = all.stream()
                    .map(warning -> warning.rule().title())
                    .distinct()
                    .collect(Collectors.joining(", "));
            throw all.getFirst()
                    .place()
                    .invalid("lint violation found for rules: " + rules
                            + "; the Dockerfile says check=error=true\n"
                            + all.stream().map(Warning::line).collect(Collectors.joining("\n")));
        }
    }

    /** The one of these names that is nearest to another, "" when none is near: " (did you mean NAME?)". */
    public static String suggestion(String name, Collection<String> names, String sign) {
        Optional<String> nearest = names.stream()
                .filter(other -> !other.equals(name))
                .filter(other -> distance(name, other) <= SUGGESTION_DISTANCE_MAX)
                .min(java.util.Comparator.comparingInt((String other) -> distance(name, other))
                        .thenComparing(other -> other));
        return nearest.map(other -> " (did you mean " + sign + other + "?)").orElse("");
    }

    private void add(Warning warning) {
        if (warnings.size() < WARNINGS_MAX) {
            warnings.add(warning);
        }
    }

    /** How many letters to change, add or leave out (Levenshtein). */
    private static int distance(String one, String other) {
        List<Integer> row = new ArrayList<>();
        for (int j = 0; j <= other.length(); j++) {
            row.add(j);
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row.getFirst();
            row.set(0, i);
            for (int j = 1; j <= other.length(); j++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row.get(j);
                row.set(j, Math.min(change, 1 + Math.min(row.get(j), row.get(j - 1))));
            }
        }
        return row.getLast();
    }
}
