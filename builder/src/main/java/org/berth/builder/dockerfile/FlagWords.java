package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;

/** The words at a line's beginning that begin with "--", and what follows them. */
record FlagWords(List<String> words, String rest) {
    /** Quotes around a flag or a part of it go; "--" alone ends the flags. */
    static FlagWords of(String line, char escape) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
                at++;
            }
            if (!line.startsWith("--", at)) {
                return new FlagWords(words, line.substring(at));
            }
            StringBuilder word = new StringBuilder();
            at = word(line, at, escape, word);
            if (word.toString().equals("--")) {
                return new FlagWords(words, line.substring(at));
            }
            words.add(word.toString());
        }
    }

    /** Reads a word; where it ends is the result. */
    private static int word(String line, int start, char escape, StringBuilder word) {
        char quote = 0;
        int at = start;
        while (at < line.length() && (quote != 0 || !Character.isWhitespace(line.charAt(at)))) {
            char c = line.charAt(at++);
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else if (c == escape) {
                if (at < line.length()) {
                    word.append(line.charAt(at++));
                }
            } else {
                word.append(c);
            }
        }
        return at;
    }
}
