package org.berth.compose.text;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Variables in a text, as compose-spec's interpolation chapter has them: {@code $NAME},
 * {@code ${NAME}}, {@code ${NAME:-default}}, {@code ${NAME-default}}, {@code ${NAME:?error}},
 * {@code ${NAME?error}}, {@code ${NAME:+other}}, {@code ${NAME+other}}; with a colon an empty
 * variable counts as one that is not set. Defaults may hold variables themselves. {@code $$} is a
 * dollar sign.
 */
public final class Interpolation {
    private static final int DEPTH_MAX = 16;

    private final String text;
    private final Function<String, Optional<String>> variables;
    private final Consumer<String> unset;
    private int at;

    private Interpolation(String text, Function<String, Optional<String>> variables, Consumer<String> unset) {
        this.text = text;
        this.variables = variables;
        this.unset = unset;
    }

    /**
     * Replaces the variables of {@code text}.
     *
     * @param variables a variable's value, or empty when it is not set
     * @param unset is told the names of variables that have neither value nor default
     * @throws TextException when the text is malformed, or a required variable is missing
     */
    public static String apply(String text, Function<String, Optional<String>> variables, Consumer<String> unset) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        return new Interpolation(text, variables, unset).until(false, 0, true);
    }

    /**
     * Reads up to the end, or to the closing brace.
     *
     * @param live whether the result is used: a branch not taken asks for no variable
     */
    private String until(boolean inBraces, int depth, boolean live) {
        if (depth > DEPTH_MAX) {
            throw new TextException("variables nested deeper than " + DEPTH_MAX + " levels in '" + text + "'");
        }
        StringBuilder result = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '}' && inBraces) {
                return result.toString();
            }
            at++;
            if (c == '$') {
                variable(result, depth, live);
            } else {
                result.append(c);
            }
        }
        if (inBraces) {
            throw new TextException("no closing brace in '" + text + "'");
        }
        return result.toString();
    }

    private void variable(StringBuilder result, int depth, boolean live) {
        if (at < text.length() && text.charAt(at) == '$') {
            at++;
            result.append('$');
        } else if (at < text.length() && text.charAt(at) == '{') {
            at++;
            result.append(braced(depth, live));
        } else {
            String name = name();
            if (name.isEmpty()) {
                throw malformed();
            }
            result.append(live ? plain(name) : "");
        }
    }

    private String braced(int depth, boolean live) {
        String name = name();
        if (name.isEmpty()) {
            throw malformed();
        }
        String operator = operator();
        if (operator.isEmpty()) {
            closingBrace();
            return live ? plain(name) : "";
        }
        Optional<String> value = variables.apply(name).filter(v -> !operator.startsWith(":") || !v.isEmpty());
        char kind = operator.charAt(operator.length() - 1);
        boolean takesOther = kind == '+' ? value.isPresent() : value.isEmpty();
        String other = until(true, depth + 1, live && takesOther);
        closingBrace();
        if (!live) {
            return "";
        }
        return switch (kind) {
            case '-' -> value.orElse(other);
            case '+' -> value.isPresent() ? other : "";
            default -> value.orElseThrow(() -> missing(name, other));
        };
    }

    private static TextException missing(String name, String message) {
        return new TextException("variable " + name + " is required"
                + (message.isEmpty() ? ": set it in the environment or in .env" : ": " + message));
    }

    private String plain(String name) {
        Optional<String> value = variables.apply(name);
        if (value.isEmpty()) {
            unset.accept(name);
        }
        return value.orElse("");
    }

    private String name() {
        int start = at;
        while (at < text.length() && nameCharacter(text.charAt(at), at == start)) {
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean nameCharacter(char c, boolean first) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
    }

    private String operator() {
        for (String operator : new String[] {":-", ":?", ":+", "-", "?", "+"}) {
            if (text.startsWith(operator, at)) {
                at += operator.length();
                return operator;
            }
        }
        return "";
    }

    private void closingBrace() {
        if (at >= text.length() || text.charAt(at) != '}') {
            throw malformed();
        }
        at++;
    }

    private TextException malformed() {
        return new TextException(
                "malformed variable in '" + text + "': expected $NAME or ${NAME}; write $$ for a dollar sign");
    }
}
