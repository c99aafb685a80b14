package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * A pattern of {@code ${NAME#pattern}} and its like: {@code *} stands for any text on one line, {@code ?} for one
 * character, a backslash takes the meaning away. Sets of positions are followed, so that no pattern is slow.
 */
final class Glob {
    private final List<Token> tokens;

    private Glob(List<Token> tokens) {
        this.tokens = tokens;
    }

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException for a backslash before a character that has no meaning to lose
     */
    static Glob of(String pattern) {
        List<Token> tokens = new ArrayList<>();
        int[] points = pattern.codePoints().toArray();
        for (int i = 0; i < points.length; i++) {
            switch (points[i]) {
                case '*' -> tokens.add(new Token(Kind.ANY, '*'));
                case '?' -> tokens.add(new Token(Kind.ONE, '?'));
                case '\\' -> {
                    if (i + 1 == points.length || "}/*?\\".indexOf(points[i + 1]) < 0) {
                        throw new IllegalArgumentException(
                                "the pattern '" + pattern + "' has a \\ before neither * ? \\ / nor }");
                    }
                    tokens.add(new Token(Kind.LITERAL, points[++i]));
                }
                default -> tokens.add(new Token(Kind.LITERAL, points[i]));
            }
        }
        return new Glob(tokens);
    }

    /** The text without what the pattern matches at its beginning. */
    String withoutPrefix(String text, boolean longest) {
        int[] points = text.codePoints().toArray();
        OptionalInt end = end(tokens, points, 0, longest);
        return end.isEmpty() ? text : text(points, end.getAsInt(), points.length);
    }

    /** The text without what the pattern matches at its end. */
    String withoutSuffix(String text, boolean longest) {
        int[] points = text.codePoints().toArray();
        int[] backwards = new int[points.length];
        for (int i = 0; i < points.length; i++) {
            backwards[i] = points[points.length - 1 - i];
        }
        List<Token> reversed = new ArrayList<>(tokens);
        Collections.reverse(reversed);
        OptionalInt end = end(reversed, backwards, 0, longest);
        return end.isEmpty() ? text : text(points, 0, points.length - end.getAsInt());
    }

    /** The text with the first match, or each, replaced; the longest match at the leftmost place counts. */
    String replace(String text, String replacement, boolean all) {
        int[] points = text.codePoints().toArray();
        StringBuilder result = new StringBuilder();
        int at = 0;
        int last = -1;
        while (at <= points.length) {
            OptionalInt end = end(tokens, points, at, true);
            boolean matches = end.isPresent() && !(end.getAsInt() == at && at == last);
            if (matches) {
                result.append(replacement);
                last = end.getAsInt();
            }
            if (matches && end.getAsInt() > at) {
                at = end.getAsInt();
            } else {
                if (at < points.length) {
                    result.appendCodePoint(points[at]);
                }
                at++;
            }
            if (matches && !all) {
                break;
            }
        }
        return at < points.length ? result + text(points, at, points.length) : result.toString();
    }

    private static OptionalInt end(List<Token> tokens, int[] points, int start, boolean longest) {
        BitSet ends = new BitSet(points.length + 1);
        ends.set(start);
        for (Token token : tokens) {
            ends = next(token, points, ends);
        }
        int end = longest ? ends.length() - 1 : ends.nextSetBit(0);
        return end < 0 ? OptionalInt.empty() : OptionalInt.of(end);
    }

    /** Where one can be after a token, from where one was before it. */
    private static BitSet next(Token token, int[] points, BitSet before) {
        BitSet after = new BitSet(points.length + 1);
        for (int at = before.nextSetBit(0); at >= 0; at = before.nextSetBit(at + 1)) {
            if (token.kind() == Kind.ANY) {
                for (int end = at; end <= points.length && !after.get(end); end++) {
                    after.set(end);
                    if (end < points.length && points[end] == '\n') {
                        break;
                    }
                }
            } else if (at < points.length && token.matches(points[at])) {
                after.set(at + 1);
            }
        }
        return after;
    }

    private static String text(int[] points, int from, int to) {
        return new String(points, from, to - from);
    }

    private enum Kind {
        ANY,
        ONE,
        LITERAL
    }

    private record Token(Kind kind, int point) {
        boolean matches(int other) {
            return kind == Kind.ONE ? other != '\n' : other == point;
        }
    }
}
