package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A here-document: {@code <<NAME}, lines, and a line that is the name.
 *
 * @param name what ends it
 * @param descriptor the number before {@code <<}, 0 without one
 * @param expand whether variables in it have a meaning: no part of the name was quoted
 * @param chomp {@code <<-}: tabs at the beginning of lines do not count
 * @param content its lines as they are written
 */
public record HereDocument(String name, int descriptor, boolean expand, boolean chomp, String content) {
    private static final Pattern FORM = Pattern.compile("(\\d{0,9})<<(-?)\\s*([^<]*)");
    private static final Pattern LEADING_TABS = Pattern.compile("(?m)^\\t+");

    /** The content, without tabs at the beginning of lines where they do not count. */
    public String text() {
        return chomp ? LEADING_TABS.matcher(content).replaceAll("") : content;
    }

    HereDocument with(String lines) {
        return new HereDocument(name, descriptor, expand, chomp, lines);
    }

    /** Whether a line without its end of line ends it. */
    boolean isEnd(String line) {
        int start = 0;
        while (chomp && start < line.length() && line.charAt(start) == '\t') {
            start++;
        }
        return line.substring(start).equals(name);
    }

    /** What a line announces. */
    static List<HereDocument> announced(String line) {
        List<HereDocument> documents = new ArrayList<>();
        try {
            Words.Manner manner = new Words.Manner('\\', true, true, false, true);
            for (String word : Words.process(line, Map.of(), manner).words()) {
                of(word).ifPresent(documents::add);
            }
        } catch (IllegalArgumentException e) {
            return List.of(); // a line that the shell alone understands
        }
        return documents;
    }

    /** A word that announces one, such as {@code <<-"END"}. */
    static Optional<HereDocument> of(String word) {
        Matcher matcher = FORM.matcher(word);
        if (!matcher.matches() || matcher.group(3).isEmpty()) {
            return Optional.empty();
        }
        String rest = matcher.group(3);
        List<String> plain = Words.process(rest, Map.of(), new Words.Manner('\\', false, false, false, true))
                .words();
        if (plain.size() != 1) {
            return Optional.empty();
        }
        String raw = Words.process(rest, Map.of(), new Words.Manner('\\', true, false, false, true))
                .text()
                .strip();
        int descriptor = matcher.group(1).isEmpty() ? 0 : Integer.parseInt(matcher.group(1));
        boolean quoted = quotes(raw) != quotes(plain.getFirst());
        return Optional.of(new HereDocument(
                plain.getFirst(), descriptor, !quoted, !matcher.group(2).isEmpty(), ""));
    }

    private static long quotes(String text) {
        return text.chars().filter(c -> c == '\'' || c == '"').count();
    }
}
