package org.berth.builder.source;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version's numbers, and the ranges that Python (PEP 440), Poetry and npm write.
 *
 * @param parts "3.11.2" is 3, 11, 2
 */
record Version(List<Integer> parts) implements Comparable<Version> {
    private static final Pattern NUMBERS = Pattern.compile("[vV=]?(\\d{1,6}(?:\\.\\d{1,6}){0,3}).*");
    private static final Pattern BOUND = Pattern.compile(
            "(===|==|!=|<=|>=|~=|<|>|\\^|~|=)?\\s*v?(\\d{1,6}(?:\\.\\d{1,6}){0,3})?(?:\\.[*xX])*([*xX])?.*");

    Version {
        parts = List.copyOf(parts);
    }

    static Version of(String text) {
        return find(text).orElseThrow(() -> new IllegalArgumentException("no version: " + text));
    }

    /** The numbers that a text begins with. */
    static Optional<Version> find(String text) {
        Matcher matcher = NUMBERS.matcher(text.strip());
        return matcher.matches()
                ? Optional.of(new Version(Arrays.stream(matcher.group(1).split("\\."))
                        .map(Integer::valueOf)
                        .toList()))
                : Optional.empty();
    }

    /** Whether it is that version so far as that one goes: 3.11.2 is a 3.11. */
    boolean isA(Version prefix) {
        for (int i = 0; i < Math.min(prefix.parts.size(), 2); i++) {
            if (!part(i).equals(prefix.part(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is within a range: ">=3.8,<4", "^3.9", "18.x || >=20". */
    boolean within(String range) {
        return Arrays.stream(range.split("\\|\\|?")).anyMatch(this::withinAll);
    }

    private boolean withinAll(String range) {
        String joined =
                range.strip().replaceAll("(\\S+)\\s+-\\s+(\\S+)", ">=$1 <=$2").replaceAll("([<>=~^!])\\s+", "$1");
        return Arrays.stream(joined.split("[,\\s]+"))
                .filter(word -> !word.isEmpty())
                .allMatch(this::withinOne);
    }

    private boolean withinOne(String bound) {
        Matcher matcher = BOUND.matcher(bound);
        if (!matcher.matches() || matcher.group(2) == null) {
            return true; // "*", or a form that we don't know: the package manager will judge
        }
        Version other = of(matcher.group(2));
        String sign = matcher.group(1) == null ? "" : matcher.group(1);
        return switch (sign) {
            case ">=" -> compareTo(other) >= 0;
            case ">" -> compareTo(other) > 0 && !startsWith(other);
            case "<=" -> compareTo(other) <= 0 || startsWith(other);
            case "<" -> compareTo(other) < 0;
            case "!=" -> !startsWith(other);
            case "^" -> compareTo(other) >= 0 && part(0).equals(other.part(0));
            case "~=" -> compareTo(other) >= 0 && startsWith(other.without(1));
            case "~" -> compareTo(other) >= 0 && startsWith(other.parts.size() > 2 ? other.without(1) : other);
            default -> startsWith(other);
        };
    }

    private Version without(int last) {
        return new Version(parts.subList(0, Math.max(1, parts.size() - last)));
    }

    private boolean startsWith(Version prefix) {
        for (int i = 0; i < prefix.parts.size(); i++) {
            if (!part(i).equals(prefix.part(i))) {
                return false;
            }
        }
        return true;
    }

    private Integer part(int index) {
        return index < parts.size() ? parts.get(index) : 0;
    }

    @Override
    public int compareTo(Version other) {
        for (int i = 0; i < Math.max(parts.size(), other.parts.size()); i++) {
            int order = part(i).compareTo(other.part(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** "3.11" */
    String minor() {
        return part(0) + "." + part(1);
    }
}
