package org.berth.builder.context;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of paths: {@code *} and {@code ?} stand for characters of one name, {@code [a-z]} and
 * {@code [^a-z]} for one of a set, {@code **} for any number of folders where it may be used, and a
 * backslash takes the meaning away.
 */
final class PathPattern {
    private static final int LENGTH_MAX = 4096;

    private final Pattern regex;

    private PathPattern(Pattern regex) {
        this.regex = regex;
    }

    /**
     * Reads a pattern.
     *
     * @param anyDepth whether {@code **} is known
     * @throws IllegalArgumentException when a set is not closed
     */
    static PathPattern of(String pattern, boolean anyDepth) {
        if (pattern.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("a pattern has at most " + LENGTH_MAX + " characters");
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '*' && anyDepth && pattern.startsWith("**", i)) {
                i++;
                if (pattern.startsWith("/", i + 1)) {
                    i++;
                    regex.append("(?:.*/)?");
                } else {
                    regex.append(".*");
                }
            } else if (c == '*') {
                regex.append("[^/]*");
            } else if (c == '?') {
                regex.append("[^/]");
            } else if (c == '[') {
                i = set(pattern, i, regex);
            } else if (c == '\\' && i + 1 < pattern.length()) {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return new PathPattern(Pattern.compile(regex.toString(), Pattern.DOTALL));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("the pattern '" + pattern + "' is not sound: " + e.getDescription(), e);
        }
    }

    /** Whether a text holds characters that make it a pattern. */
    static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    boolean matches(String path) {
        return regex.matcher(path).matches();
    }

    private static int set(String pattern, int start, StringBuilder regex) {
        int close = pattern.indexOf(']', start + 2);
        if (close < 0) {
            throw new IllegalArgumentException("the pattern '" + pattern + "' has a [ without ]");
        }
        String inside = pattern.substring(start + 1, close);
        boolean negated = inside.startsWith("^") || inside.startsWith("!");
        String members = (negated ? inside.substring(1) : inside)
                .replaceAll("[\\\\\\[&^]", Matcher.quoteReplacement("\\") + "$0");
        regex.append("(?!/)[").append(negated ? "^" : "").append(members).append(']');
        return close;
    }
}
