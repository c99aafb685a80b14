package org.berth.builder.dockerfile;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as HEALTHCHECK has them: "30s", "1m30s", "1.5h", "500ms"; zero leaves it to the engine. */
final class Durations {
    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "\u00b5s", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);
    private static final Pattern PART =
            Pattern.compile("(\\d{1,9}(?:\\.\\d{0,9})?|\\.\\d{1,9})(ns|us|\u00b5s|ms|s|m|h)");
    private static final Duration LEAST = Duration.ofMillis(1);

    private Durations() {}

    static Duration parse(String flag, String text, Place place) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = PART.matcher(text);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            long unit = NANOS.getOrDefault(matcher.group(2), 1L);
            sum = sum.plusNanos(new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(unit))
                    .longValue());
            end = matcher.end();
        }
        if (end == 0 || end != text.length()) {
            throw place.invalid("--" + flag + "=" + text + ": expected a duration such as 30s, 1m30s or 500ms");
        }
        if (!sum.isZero() && sum.compareTo(LEAST) < 0) {
            throw place.invalid("--" + flag + "=" + text + ": cannot be less than 1ms");
        }
        return sum;
    }
}
