package org.berth.builder.dockerfile;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser directives: comments {@code # name=value} before anything else.
 *
 * @param syntax the language's image; only docker/dockerfile's is read
 * @param escape the character that continues a line and takes a character's meaning away
 * @param check options of the checks
 * @param lines how many lines they take
 */
public record Directives(Optional<String> syntax, char escape, Optional<String> check, int lines) {
    private static final Pattern FORM = Pattern.compile("#\\s*([A-Za-z][A-Za-z0-9]*)\\s*=\\s*(.+?)\\s*");
    private static final Pattern KNOWN = Pattern.compile("syntax|escape|check");
    private static final Pattern SYNTAX =
            Pattern.compile("(docker\\.io/|registry-1\\.docker\\.io/)?docker/dockerfile(-upstream)?([:@].*)?(\\s.*)?");

    static Directives read(SourceText text) {
        Map<String, String> found = new TreeMap<>();
        int at = 0;
        for (; at < text.size(); at++) {
            Matcher matcher = FORM.matcher(text.line(at).stripLeading());
            String name = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
            if (!KNOWN.matcher(name).matches()) {
                break;
            }
            Place place = text.place(at + 1, at + 1);
            String value = matcher.group(2);
            if (found.putIfAbsent(name, value) != null) {
                throw place.invalid("only one directive '" + name + "' was expected");
            }
            if (name.equals("escape") && !value.equals("\\") && !value.equals("`")) {
                throw place.invalid("escape=" + value + ": expected \\ or `");
            }
        }
        return new Directives(
                Optional.ofNullable(found.get("syntax")),
                found.getOrDefault("escape", "\\").charAt(0),
                Optional.ofNullable(found.get("check")),
                at);
    }

    /** Whether the file is in the language that is read here. */
    boolean isOurLanguage() {
        return syntax.isEmpty() || SYNTAX.matcher(syntax.get()).matches();
    }
}
