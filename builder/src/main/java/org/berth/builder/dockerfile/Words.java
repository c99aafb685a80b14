package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Words of an instruction: split at spaces outside of quotes; then expanded: quotes and escapes go,
 * variables get their value. {@code $NAME}, {@code ${NAME}}, {@code ${NAME:-word}}, {@code
 * ${NAME:+word}}, {@code ${NAME:?message}} and the same without the colon.
 */
public final class Words {
    private static final int NESTING_MAX = 32;

    private final String text;
    private final Map<String, String> variables;
    private final char escape;
    private final Place place;
    private int at;

    private Words(String text, Map<String, String> variables, char escape, Place place) {
        this.text = text;
        this.variables = variables;
        this.escape = escape;
        this.place = place;
    }

    /** Words with their quotes still on. */
    public static List<String> split(String text, char escape, Place place) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && Character.isWhitespace(c)) {
                flush(word, words);
                continue;
            }
            word.append(c);
            if (c == escape && quote != '\'' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
        }
        if (quote != 0) {
            throw place.invalid("a quote " + quote + " is not closed");
        }
        flush(word, words);
        return words;
    }

    /** A word without quotes and escapes, its variables replaced; an unknown variable is empty. */
    public static String expand(String word, Map<String, String> variables, char escape, Place place) {
        return new Words(word, variables, escape, place).run((char) 0, 0);
    }

    private static void flush(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    /** Reads up to {@code end} outside of quotes, or to the end of the text when it is 0. */
    private String run(char end, int depth) {
        if (depth > NESTING_MAX) {
            throw place.invalid("variables nested more than " + NESTING_MAX + " deep");
        }
        StringBuilder result = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (end != 0 && c == end) {
                at++;
                return result.toString();
            }
            at++;
            if (c == '\'') {
                result.append(singleQuoted());
            } else if (c == '"') {
                doubleQuoted(result, depth);
            } else if (c == '$') {
                result.append(variable(depth));
            } else if (c == escape && at < text.length()) {
                result.append(text.charAt(at++));
            } else {
                result.append(c);
            }
        }
        if (end != 0) {
            throw place.invalid("'" + end + "' was expected at the end of '" + text + "'");
        }
        return result.toString();
    }

    private String singleQuoted() {
        int close = text.indexOf('\'', at);
        if (close < 0) {
            throw place.invalid("a quote ' is not closed in '" + text + "'");
        }
        String inside = text.substring(at, close);
        at = close + 1;
        return inside;
    }

    private void doubleQuoted(StringBuilder result, int depth) {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return;
            }
            if (c == '$') {
                result.append(variable(depth));
            } else if (c == escape && at < text.length() && isEscapable(text.charAt(at))) {
                result.append(text.charAt(at++));
            } else {
                result.append(c);
            }
        }
        throw place.invalid("a quote \" is not closed in '" + text + "'");
    }

    private boolean isEscapable(char c) {
        return c == '"' || c == '$' || c == escape;
    }

    private String variable(int depth) {
        if (at < text.length() && text.charAt(at) == '{') {
            at++;
            return braced(depth);
        }
        String name = name();
        return name.isEmpty() ? "$" : variables.getOrDefault(name, "");
    }

    private String braced(int depth) {
        String name = name();
        if (name.isEmpty() || at >= text.length()) {
            throw place.invalid("'" + text + "': expected ${NAME}, ${NAME:-word} or ${NAME:+word}");
        }
        boolean colon = text.charAt(at) == ':';
        char operator = colon && at + 1 < text.length() ? text.charAt(at + 1) : text.charAt(at);
        if (operator == '}' && !colon) {
            at++;
            return variables.getOrDefault(name, "");
        }
        if ("-+?".indexOf(operator) < 0) {
            throw place.unsupported("'${" + name + (colon ? ":" : "") + operator
                    + "': expected } or one of :- :+ :? - + ? after the name");
        }
        at += colon ? 2 : 1;
        String word = run('}', depth + 1);
        String value = variables.getOrDefault(name, "");
        boolean there = variables.containsKey(name) && !(colon && value.isEmpty());
        return switch (operator) {
            case '-' -> there ? value : word;
            case '+' -> there ? word : "";
            default -> {
                if (!there) {
                    throw place.invalid(name + ": " + (word.isEmpty() ? "has no value" : word));
                }
                yield value;
            }
        };
    }

    private String name() {
        int start = at;
        while (at < text.length() && isNameCharacter(text.charAt(at), at > start)) {
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean isNameCharacter(char c, boolean inside) {
        return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (inside && c >= '0' && c <= '9');
    }
}
