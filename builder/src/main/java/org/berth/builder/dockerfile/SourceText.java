package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;

/** A file's lines as they are written, each with its end of line. */
final class SourceText {
    private static final int LINES_MAX = 20_000;
    private static final int EXCERPT_LINES_MAX = 12;
    private static final int EXCERPT_LINE_CHARACTERS_MAX = 200;

    private final String file;
    private final List<String> lines = new ArrayList<>();

    SourceText(String file, String text) {
        this.file = file;
        String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
        for (int start = 0; start < plain.length(); ) {
            int end = plain.indexOf('\n', start) + 1;
            lines.add(end == 0 ? plain.substring(start) : plain.substring(start, end));
            start = end == 0 ? plain.length() : end;
            if (lines.size() > LINES_MAX) {
                throw new Place(file, LINES_MAX).invalid("more than " + LINES_MAX + " lines");
            }
        }
    }

    int size() {
        return lines.size();
    }

    /** A line by its number from 0, with its end. */
    String raw(int index) {
        return lines.get(index);
    }

    /** A line by its number from 0, without its end. */
    String line(int index) {
        String raw = lines.get(index);
        int end = raw.length();
        while (end > 0 && (raw.charAt(end - 1) == '\n' || raw.charAt(end - 1) == '\r')) {
            end--;
        }
        return raw.substring(0, end);
    }

    /** Lines of the file, both numbers from 1. */
    Place place(int first, int last) {
        return new Place(file, first, last, excerpt(first, last));
    }

    private String excerpt(int first, int last) {
        int from = Math.max(1, first - 1);
        int to = Math.min(lines.size(), Math.min(last + 1, from + EXCERPT_LINES_MAX - 1));
        StringBuilder excerpt = new StringBuilder();
        for (int number = from; number <= to; number++) {
            String line = line(number - 1);
            boolean isMeant = number >= first && number <= last;
            excerpt.append(excerpt.isEmpty() ? "" : "\n")
                    .append(isMeant ? " >" : "  ")
                    .append(String.format("%4d | ", number))
                    .append(
                            line.length() > EXCERPT_LINE_CHARACTERS_MAX
                                    ? line.substring(0, EXCERPT_LINE_CHARACTERS_MAX) + "..."
                                    : line);
        }
        return excerpt.toString();
    }
}
