package org.berth.compose.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The word that was meant. */
public final class Spelling {
    private Spelling() {}

    /** The nearest of {@code words} to {@code word}, unless none is near. */
    public static Optional<String> nearest(String word, Collection<String> words) {
        int limit = Math.max(2, word.length() / 3);
        return words.stream()
                .filter(candidate -> distance(word, candidate) <= Math.min(limit, candidate.length() - 1))
                .min(Comparator.<String>comparingInt(candidate -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /**
     * How many insertions, deletions, substitutions and swaps of neighbours lead from one word to the
     * other (optimal string alignment); case, and {@code -} for {@code _}, count for nothing.
     */
    static int distance(String from, String to) {
        String a = normal(from);
        String b = normal(to);
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int best = Math.min(replace, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = best;
            }
        }
        return cost[a.length()][b.length()];
    }

    private static String normal(String word) {
        String cut = word.length() > 64 ? word.substring(0, 64) : word;
        return cut.toLowerCase(java.util.Locale.ROOT).replace('-', '_');
    }
}
