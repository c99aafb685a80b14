package org.berth.compose.text;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as Compose writes them. */
public final class Quantities {
    private static final Pattern DURATION_PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(us|µs|ms|ns|s|m|h)");
    private static final Pattern SIZE =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Long> NANOSECONDS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);
    private static final String PREFIXES = "kmgtp";

    private Quantities() {}

    /**
     * A duration: numbers with the units us, ms, s, m, h, one after the other ("1m30s").
     *
     * @throws TextException when it is none
     */
    public static Duration duration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher part = DURATION_PART.matcher(text);
        BigDecimal total = BigDecimal.ZERO;
        int at = 0;
        while (at < text.length() && part.region(at, text.length()).lookingAt()) {
            long unit = NANOSECONDS.getOrDefault(part.group(2), 0L);
            total = total.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
            at = part.end();
        }
        if (at == 0 || at < text.length()) {
            throw new TextException("'" + text + "' is not a duration: expected one like 30s, 1m30s or 500ms");
        }
        if (total.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new TextException("'" + text + "' is too long a duration");
        }
        return Duration.ofNanos(total.longValue());
    }

    /**
     * A size in bytes: a number with the units b, k, m, g, t, p or kb, mb, ...; powers of 1024.
     *
     * @throws TextException when it is none
     */
    public static long bytes(String text) {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches()) {
            throw new TextException("'" + text + "' is not a size: expected one like 512m or 2g");
        }
        int power = PREFIXES.indexOf(size.group(2).toLowerCase(Locale.ROOT));
        int shift = size.group(2).isEmpty() ? 0 : 10 * (power + 1);
        BigDecimal bytes = new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1L << shift));
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new TextException("'" + text + "' is too large a size");
        }
        return bytes.longValue();
    }
}
