package org.berth.compose.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Environment files, as compose-spec has them: {@code NAME=value} lines, {@code #} comments,
 * {@code export} before a name, values bare, in {@code '...'} (nothing replaced, may span lines) or in
 * {@code "..."} (escapes and variables replaced, may span lines). Bare values have variables replaced
 * and end before {@code " #"}. A line of a name alone takes the value of the environment.
 */
public final class Dotenv {
    private static final Pattern NAME = Pattern.compile("(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \\t]*");

    private final String text;
    private final Function<String, Optional<String>> environment;
    private final Consumer<Problem> problems;
    private final Map<String, String> values = new LinkedHashMap<>();
    private int at;

    private Dotenv(String text, Function<String, Optional<String>> environment, Consumer<Problem> problems) {
        this.text = text;
        this.environment = environment;
        this.problems = problems;
    }

    /**
     * What is wrong in a line.
     *
     * @param line from 1
     */
    public record Problem(int line, String message) {}

    /**
     * The variables of a file's text, in its order.
     *
     * @param environment what variables inside values mean; names of the file that it does not have
     *     mean the file's own, earlier value
     */
    public static Map<String, String> parse(
            String text, Function<String, Optional<String>> environment, Consumer<Problem> problems) {
        return new Dotenv(text.replace("\r\n", "\n"), environment, problems).read();
    }

    private Map<String, String> read() {
        while (at < text.length()) {
            skipBlank();
            if (at >= text.length()) {
                break;
            }
            int start = at;
            try {
                assignment();
            } catch (TextException e) {
                problems.accept(new Problem(line(start), e.problem()));
                at = Math.max(at, start);
                endOfLine();
            }
        }
        return values;
    }

    private void skipBlank() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                endOfLine();
            } else if (Character.isWhitespace(c) || c == '\uFEFF') {
                at++;
            } else {
                return;
            }
        }
    }

    private void assignment() {
        Matcher name = NAME.matcher(text).region(at, text.length());
        if (!name.lookingAt()) {
            throw new TextException("expected NAME=value");
        }
        at = name.end();
        if (at >= text.length() || text.charAt(at) == '\n' || text.charAt(at) == '#') {
            endOfLine();
            environment.apply(name.group(1)).ifPresent(value -> values.put(name.group(1), value));
            return;
        }
        if (text.charAt(at) != '=' && text.charAt(at) != ':') {
            throw new TextException("expected '=' after " + name.group(1));
        }
        at++;
        values.put(name.group(1), value());
    }

    private String value() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        if (at < text.length() && text.charAt(at) == '\'') {
            String value = quoted('\'');
            afterQuote();
            return value;
        }
        if (at < text.length() && text.charAt(at) == '"') {
            String value = quoted('"');
            afterQuote();
            return value;
        }
        int start = at;
        endOfLine();
        String line = text.substring(start, at);
        int comment = line.startsWith("#") ? 0 : line.indexOf(" #");
        return replace((comment < 0 ? line : line.substring(0, comment)).strip());
    }

    private String quoted(char quote) {
        int start = at++;
        StringBuilder piece = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            char c = text.charAt(at++);
            if (quote == '"' && c == '\\' && at < text.length()) {
                escape(piece, text.charAt(at++));
            } else {
                piece.append(c);
            }
        }
        if (at >= text.length()) {
            at = start;
            throw new TextException("the quote " + quote + " has no end");
        }
        at++;
        return quote == '"' ? replace(piece.toString()) : piece.toString();
    }

    private static void escape(StringBuilder value, char c) {
        switch (c) {
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case '$' -> value.append("$$");
            case '"', '\\' -> value.append(c);
            default -> value.append('\\').append(c);
        }
    }

    private void afterQuote() {
        int start = at;
        endOfLine();
        String rest = text.substring(start, at).strip();
        if (!rest.isEmpty() && !rest.startsWith("#")) {
            throw new TextException("unexpected '" + rest + "' after the closing quote");
        }
    }

    private String replace(String value) {
        return Interpolation.apply(
                value, name -> environment.apply(name).or(() -> Optional.ofNullable(values.get(name))), name -> {});
    }

    private void endOfLine() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
    }

    private int line(int offset) {
        return 1
                + (int) text.substring(0, offset).chars().filter(c -> c == '\n').count();
    }
}
