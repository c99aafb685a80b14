package org.berth.compose.text;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line split into words as a shell would (POSIX.1 XCU 2.2, quoting), with nothing
 * expanded: Compose's {@code command} and {@code entrypoint} as a text.
 */
public final class ShellWords {
    private ShellWords() {}

    /**
     * The words of {@code line}.
     *
     * @throws TextException when a quote has no end
     */
    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote == '\'') {
                if (c == '\'') {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\\' && i + 1 < line.length()) {
                char next = line.charAt(++i);
                if (quote == '"' && "\\\"$`\n".indexOf(next) < 0) {
                    word.append('\\');
                }
                if (next != '\n') {
                    word.append(next);
                    inWord = true;
                }
            } else if (quote == '"') {
                if (c == '"') {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                inWord = true;
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quote != 0) {
            throw new TextException("the quote " + quote + " has no end in '" + line + "'");
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
