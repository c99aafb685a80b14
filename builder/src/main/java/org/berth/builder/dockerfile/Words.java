package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Words of an instruction. They are split at spaces outside of quotes, and expanded: quotes and escapes go, variables get
 * their value. {@code $NAME} and {@code ${NAME}}; {@code ${NAME:-word}}, {@code ${NAME:+word}}, {@code ${NAME:?message}}
 * and the same without the colon; {@code ${NAME#pattern}}, {@code ##}, {@code %} and {@code %%}; {@code
 * ${NAME/pattern/text}} and {@code //}.
 */
public final class Words {
    private static final int NESTING_MAX = 32;
    private static final char END = 0;
    private static final String SPECIAL = "@*#?-$!0";

    private final String text;
    private final Map<String, String> variables;
    private final Manner manner;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> unknown = new LinkedHashSet<>();
    private int at;
    private boolean rawEscapes;

    private Words(String text, Map<String, String> variables, Manner manner) {
        this.text = text;
        this.variables = variables;
        this.manner = manner;
        this.rawEscapes = manner.rawEscapes();
    }

    /**
     * What is done to the text besides its variables.
     *
     * @param escape takes the meaning of the next character away
     * @param rawQuotes quotes stay in the text
     * @param rawEscapes escapes stay in the text
     * @param quotesAreText quotes have no meaning: the content of a here-document
     * @param keepUnknown a variable that is not known stays as it is written
     */
    record Manner(char escape, boolean rawQuotes, boolean rawEscapes, boolean quotesAreText, boolean keepUnknown) {
        static Manner of(char escape) {
            return new Manner(escape, false, false, false, false);
        }
    }

    /**
     * A text after its expansion.
     *
     * @param words the same, split at spaces that are not quoted, also at those that came with a variable
     * @param known the variables that it used
     * @param unknown those that it named and that have no value
     */
    public record Expanded(String text, List<String> words, Set<String> known, Set<String> unknown) {}

    /** Words with their quotes still on; a quote may stay open. */
    public static List<String> split(String text, char escape) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = END;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == END && Character.isWhitespace(c)) {
                flush(word, words);
                continue;
            }
            if (c == escape && quote != '\'') {
                if (i + 1 < text.length()) {
                    word.append(c).append(text.charAt(++i));
                }
                continue;
            }
            word.append(c);
            if (quote == END && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = END;
            }
        }
        flush(word, words);
        return words;
    }

    /** A word without quotes and escapes, its variables replaced; an unknown variable is empty. */
    public static String expand(String word, Map<String, String> variables, char escape, Place place) {
        return expanded(word, variables, escape, place).text();
    }

    /** The same, with the variables that were used. */
    public static Expanded expanded(String word, Map<String, String> variables, char escape, Place place) {
        return at(place, word, () -> process(word, variables, Manner.of(escape)));
    }

    /** The content of a here-document, its variables replaced; quotes are text. */
    public static Expanded content(String content, Map<String, String> variables, Place place) {
        Manner manner = new Manner('\\', false, false, true, false);
        return at(place, "the here-document", () -> process(content, variables, manner));
    }

    /** @throws IllegalArgumentException for what is not of the form */
    static Expanded process(String text, Map<String, String> variables, Manner manner) {
        Words words = new Words(text, variables, manner);
        Output output = new Output();
        words.run(END, output, 0);
        output.flush();
        return new Expanded(
                output.text.toString(), List.copyOf(output.words), Set.copyOf(words.known), Set.copyOf(words.unknown));
    }

    private static Expanded at(Place place, String what, java.util.function.Supplier<Expanded> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException e) {
            throw place.invalid("'" + what + "': " + e.getMessage());
        }
    }

    private static void flush(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    /** Reads up to {@code end} outside of quotes, or to the end of the text when it is {@link #END}. */
    private void run(char end, Output output, int depth) {
        if (depth > NESTING_MAX) {
            throw new IllegalArgumentException("variables are nested more than " + NESTING_MAX + " deep");
        }
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (end != END && c == end) {
                return;
            } else if (c == '$') {
                output.splitting(variable(depth));
            } else if (c == '<') {
                output.whole(hereDocument());
            } else if (c == '\'' && !manner.quotesAreText()) {
                output.whole(singleQuoted());
            } else if (c == '"' && !manner.quotesAreText()) {
                output.whole(doubleQuoted(depth));
            } else if (c == manner.escape()) {
                output.whole(escaped());
            } else {
                output.splitting(String.valueOf(c));
            }
        }
        if (end != END) {
            throw new IllegalArgumentException("'" + end + "' is missing at its end");
        }
    }

    private String nested(char end, boolean raw, int depth) {
        boolean before = rawEscapes;
        rawEscapes = raw;
        Output output = new Output();
        run(end, output, depth + 1);
        rawEscapes = before;
        return output.text.toString();
    }

    /** An escape at the end of the text is nothing. */
    private String escaped() {
        String sign = rawEscapes ? String.valueOf(manner.escape()) : "";
        return at < text.length() ? sign + text.charAt(at++) : sign;
    }

    /** Spaces between {@code <<} and a name do not part them. */
    private String hereDocument() {
        if (at >= text.length() || text.charAt(at) != '<') {
            return "<";
        }
        int start = at++;
        while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return "<" + text.substring(start, at);
    }

    private String singleQuoted() {
        int close = text.indexOf('\'', at);
        if (close < 0) {
            throw new IllegalArgumentException("a quote ' is not closed");
        }
        String inside = text.substring(at, close);
        at = close + 1;
        return manner.rawQuotes() ? "'" + inside + "'" : inside;
    }

    private String doubleQuoted(int depth) {
        String quote = manner.rawQuotes() ? "\"" : "";
        StringBuilder result = new StringBuilder(quote);
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return result.append(quote).toString();
            }
            if (c == '$') {
                result.append(variable(depth));
            } else if (c == manner.escape() && at < text.length() && isEscapable(text.charAt(at))) {
                result.append(escaped());
            } else if (c != manner.escape() || at < text.length()) {
                result.append(c);
            }
        }
        throw new IllegalArgumentException("a quote \" is not closed");
    }

    private boolean isEscapable(char c) {
        return c == '"' || c == '$' || c == manner.escape();
    }

    private String variable(int depth) {
        if (at < text.length() && text.charAt(at) == '{') {
            at++;
            return braced(depth);
        }
        int start = at;
        String name = name();
        if (name.isEmpty()) {
            return "$";
        }
        return isThere(name) || !manner.keepUnknown() ? value(name) : "$" + text.substring(start, at);
    }

    private String braced(int depth) {
        int start = at;
        if (at >= text.length()) {
            throw new IllegalArgumentException("'}' is missing at its end");
        }
        if ("{}:".indexOf(text.charAt(at)) >= 0) {
            throw new IllegalArgumentException("a name was expected after '${'");
        }
        String name = name();
        boolean colon = at < text.length() && text.charAt(at) == ':';
        if (colon) {
            at++;
        }
        char operator = at < text.length() ? text.charAt(at++) : END;
        boolean there = isThere(name);
        String result = switch (operator) {
            case '}' -> colon ? unsupported(":}") : value(name);
            case '-', '+', '?' -> withWord(name, operator, colon, there, depth);
            case '#', '%' -> colon ? unsupported(":" + operator) : trimmed(name, operator, depth);
            case '/' -> colon ? unsupported(":/") : replaced(name, depth);
            default -> unsupported((colon ? ":" : "") + (operator == END ? "" : operator));
        };
        return there || !manner.keepUnknown() ? result : "${" + text.substring(start, at);
    }

    private static String unsupported(String operator) {
        throw new IllegalArgumentException(
                "'" + operator + "' after a variable's name; expected } or one of :- :+ :? - + ? # ## % %% / //");
    }

    private String withWord(String name, char operator, boolean colon, boolean known, int depth) {
        String word = nested('}', false, depth);
        String value = value(name);
        boolean there = known && !(colon && value.isEmpty());
        return switch (operator) {
            case '-' -> there ? value : word;
            case '+' -> there ? word : "";
            default -> {
                if (!there && !manner.keepUnknown()) {
                    String why = known ? "is not allowed to be empty" : "is not allowed to be unset";
                    throw new IllegalArgumentException(name + ": " + (word.isEmpty() ? why : word));
                }
                yield value;
            }
        };
    }

    private String trimmed(String name, char operator, int depth) {
        String pattern = nested('}', true, depth);
        boolean longest = !pattern.isEmpty() && pattern.charAt(0) == operator;
        Glob glob = Glob.of(longest ? pattern.substring(1) : pattern);
        return operator == '#' ? glob.withoutPrefix(value(name), longest) : glob.withoutSuffix(value(name), longest);
    }

    private String replaced(String name, int depth) {
        boolean all = at < text.length() && text.charAt(at) == '/';
        if (all) {
            at++;
        }
        String pattern = nested('/', true, depth);
        String replacement = nested('}', true, depth);
        return Glob.of(pattern).replace(value(name), replacement, all);
    }

    private boolean isThere(String name) {
        boolean there = variables.containsKey(name);
        (there ? known : unknown).add(name);
        return there;
    }

    private String value(String name) {
        isThere(name);
        return variables.getOrDefault(name, "");
    }

    /** Letters, digits and _; a number; or one of the shell's special signs. */
    private String name() {
        int start = at;
        if (at < text.length() && Character.isDigit(text.charAt(at))) {
            while (at < text.length() && Character.isDigit(text.charAt(at))) {
                at++;
            }
        } else if (at < text.length() && SPECIAL.indexOf(text.charAt(at)) >= 0) {
            at++;
        } else {
            while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
                at++;
            }
        }
        return text.substring(start, at);
    }

    /** A text, and the same in words. */
    private static final class Output {
        final StringBuilder text = new StringBuilder();
        final List<String> words = new ArrayList<>();
        private final StringBuilder word = new StringBuilder();

        void splitting(String part) {
            text.append(part);
            for (int i = 0; i < part.length(); i++) {
                if (Character.isWhitespace(part.charAt(i))) {
                    flush();
                } else {
                    word.append(part.charAt(i));
                }
            }
        }

        void whole(String part) {
            text.append(part);
            word.append(part);
        }

        void flush() {
            Words.flush(word, words);
        }
    }
}
