package org.berth.image.debian;

import java.util.Objects;

/**
 * A package's version, ordered as Debian Policy 5.6.12 says: by epoch, then upstream version, then
 * revision. Digits compare by value, other characters with {@code ~} before the end, the end before
 * letters, letters before the rest.
 */
final class DebianVersion implements Comparable<DebianVersion> {
    private final String text;
    private final String epoch;
    private final String upstream;
    private final String revision;

    private DebianVersion(String text) {
        this.text = text;
        int colon = text.indexOf(':');
        int dash = text.lastIndexOf('-');
        this.epoch = colon < 0 ? "0" : text.substring(0, colon);
        this.upstream = text.substring(colon + 1, dash < 0 ? text.length() : Math.max(dash, colon + 1));
        this.revision = dash < 0 ? "" : text.substring(dash + 1);
    }

    static DebianVersion of(String text) {
        return new DebianVersion(text.strip());
    }

    @Override
    public int compareTo(DebianVersion other) {
        int byEpoch = compareParts(epoch, other.epoch);
        if (byEpoch != 0) {
            return byEpoch;
        }
        int byUpstream = compareParts(upstream, other.upstream);
        return byUpstream != 0 ? byUpstream : compareParts(revision, other.revision);
    }

    private static int compareParts(String left, String right) {
        int i = 0;
        int j = 0;
        while (i < left.length() || j < right.length()) {
            while (isWord(left, i) || isWord(right, j)) {
                int order = Integer.compare(weight(left, i), weight(right, j));
                if (order != 0) {
                    return order;
                }
                i++;
                j++;
            }
            int leftEnd = endOfDigits(left, i);
            int rightEnd = endOfDigits(right, j);
            int order = compareNumbers(left.substring(i, leftEnd), right.substring(j, rightEnd));
            if (order != 0) {
                return order;
            }
            i = leftEnd;
            j = rightEnd;
        }
        return 0;
    }

    /** Numbers of any length, leading zeros without weight; nothing is zero. */
    private static int compareNumbers(String left, String right) {
        String a = withoutZeros(left);
        String b = withoutZeros(right);
        return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
    }

    private static String withoutZeros(String digits) {
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static boolean isWord(String text, int at) {
        return at < text.length() && !isDigit(text.charAt(at));
    }

    private static int weight(String text, int at) {
        if (at >= text.length() || isDigit(text.charAt(at))) {
            return 0;
        }
        char c = text.charAt(at);
        if (c == '~') {
            return -1;
        }
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter ? c : c + 256;
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Whether both are the same version, however written ("1.0" and "0:1.0-0"). */
    @Override
    public boolean equals(Object other) {
        return other instanceof DebianVersion version && compareTo(version) == 0;
    }

    /** Only what equal versions share for certain. */
    @Override
    public int hashCode() {
        return Objects.hash(withoutZeros(epoch));
    }

    @Override
    public String toString() {
        return text;
    }
}
