package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Joins continued lines, leaves comments and empty lines out, reads the parser directives. */
final class LineReader {
    private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([A-Za-z][A-Za-z0-9]*)\\s*=\\s*(.+?)\\s*");
    private static final int LINES_MAX = 20_000;

    private final String file;
    private final List<String> lines;
    private char escape = '\\';

    LineReader(String file, String text) {
        this.file = file;
        String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
        this.lines = plain.lines().toList();
        if (lines.size() > LINES_MAX) {
            throw new Place(file, LINES_MAX).invalid("more than " + LINES_MAX + " lines");
        }
    }

    /** The character that continues lines; known after {@link #read()}. */
    char escape() {
        return escape;
    }

    List<LogicalLine> read() {
        List<LogicalLine> result = new ArrayList<>();
        int at = directives();
        while (at < lines.size()) {
            if (isBlank(lines.get(at)) || isComment(lines.get(at))) {
                at++;
                continue;
            }
            Place place = new Place(file, at + 1);
            StringBuilder joined = new StringBuilder();
            boolean continued = true;
            while (continued && at < lines.size()) {
                String line = lines.get(at++);
                if (isComment(line) || (!joined.isEmpty() && isBlank(line))) {
                    continue;
                }
                int end = continuation(line);
                continued = end >= 0;
                joined.append(continued ? line.substring(0, end) : line);
            }
            result.add(split(place, joined.toString().strip()));
        }
        return result;
    }

    /** Directives are comments "# name=value" before anything else. */
    private int directives() {
        Map<String, Boolean> known = Map.of("syntax", true, "escape", true, "check", true);
        int at = 0;
        for (; at < lines.size(); at++) {
            Matcher matcher = DIRECTIVE.matcher(lines.get(at).strip());
            String name = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
            if (!known.containsKey(name)) {
                return at;
            }
            Place place = new Place(file, at + 1);
            String value = matcher.group(2);
            switch (name) {
                case "escape" -> {
                    if (!value.equals("\\") && !value.equals("`")) {
                        throw place.invalid("escape=" + value + ": expected \\ or `");
                    }
                    escape = value.charAt(0);
                }
                case "syntax" -> {
                    if (!value.startsWith("docker/dockerfile:") && !value.equals("docker/dockerfile")) {
                        throw place.unsupported("syntax=" + value + ": only docker/dockerfile's language is read");
                    }
                }
                default -> {
                    // check= is about warnings
                }
            }
        }
        return at;
    }

    /** Where a line's escape character at its end is, -1 without one. */
    private int continuation(String line) {
        int end = line.stripTrailing().length() - 1;
        return end >= 0 && line.charAt(end) == escape ? end : -1;
    }

    private static LogicalLine split(Place place, String text) {
        int end = 0;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return new LogicalLine(
                place,
                text.substring(0, end).toUpperCase(Locale.ROOT),
                text.substring(end).strip());
    }

    private static boolean isBlank(String line) {
        return line.isBlank();
    }

    private static boolean isComment(String line) {
        return line.stripLeading().startsWith("#");
    }
}
