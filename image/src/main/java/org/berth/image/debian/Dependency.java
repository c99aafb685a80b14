package org.berth.image.debian;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one item of a Depends or Pre-Depends field asks for (Debian Policy 7.1): any one of its
 * alternatives, the first preferred.
 */
record Dependency(List<Alternative> alternatives) {
    private static final Pattern ALTERNATIVE =
            Pattern.compile("(?<name>[A-Za-z0-9][A-Za-z0-9+.-]*)(:(?<architecture>[a-z0-9-]+))?\\s*"
                    + "(\\(\\s*(?<operator><<|<=|=|>=|>>|<|>)\\s*(?<version>[^)\\s]+)\\s*\\))?\\s*(\\[[^]]*])?\\s*");

    /**
     * A package by name.
     *
     * @param architecture "any", "native" or an architecture's name; "" when not said
     * @param range the versions that will do; all of them when not said
     */
    record Alternative(String name, String architecture, Optional<Range> range) {
        /** Whether a package of this version will do. */
        boolean accepts(DebianVersion version) {
            return range.isEmpty() || range.get().contains(version);
        }
    }

    /** Versions by comparison with one: {@code >= 1.2}. */
    record Range(String operator, DebianVersion version) {
        boolean contains(DebianVersion candidate) {
            int order = candidate.compareTo(version);
            return switch (operator) {
                case "<<" -> order < 0;
                case "<=", "<" -> order <= 0;
                case "=" -> order == 0;
                case ">=", ">" -> order >= 0;
                default -> order > 0;
            };
        }
    }

    /** Reads a whole field; an item that is not of the form is an {@link IllegalArgumentException}. */
    static List<Dependency> parse(String field) {
        List<Dependency> dependencies = new ArrayList<>();
        for (String item : field.split(",", -1)) {
            if (item.isBlank()) {
                continue;
            }
            List<Alternative> alternatives = new ArrayList<>();
            for (String part : item.split("\\|", -1)) {
                alternatives.add(alternative(part.strip()));
            }
            dependencies.add(new Dependency(List.copyOf(alternatives)));
        }
        return dependencies;
    }

    private static Alternative alternative(String text) {
        Matcher matcher = ALTERNATIVE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a dependency: " + text);
        }
        Optional<Range> range = Optional.ofNullable(matcher.group("operator"))
                .map(operator -> new Range(operator, DebianVersion.of(matcher.group("version"))));
        String architecture = Optional.ofNullable(matcher.group("architecture")).orElse("");
        return new Alternative(matcher.group("name"), architecture, range);
    }

    /** As a Depends field writes it. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        for (Alternative alternative : alternatives) {
            parts.add(alternative.name()
                    + alternative
                            .range()
                            .map(range -> " (" + range.operator() + " " + range.version() + ")")
                            .orElse(""));
        }
        return String.join(" | ", parts);
    }
}
