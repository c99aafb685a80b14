package org.berth.image.registry;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;

/**
 * How often, and after what pause, a server that is too busy is asked again. The pause doubles with each attempt; a server
 * that says how long to wait (RFC 9110, 10.2.3, Retry-After) is waited for that long, if that is not too long.
 *
 * @param attempts how often it is asked in all
 * @param first the first pause
 * @param longest the longest pause that is made, whoever asks for it
 * @param pause makes a pause
 */
public record Backoff(int attempts, Duration first, Duration longest, Pause pause) {
    /** As people wait who have other things to do. */
    public static final Backoff STANDARD =
            new Backoff(5, Duration.ofMillis(300), Duration.ofSeconds(60), Backoff::sleep);

    /** Asked once. */
    public static final Backoff NONE = new Backoff(1, Duration.ZERO, Duration.ZERO, Backoff::sleep);

    /** Answers of a server that may answer otherwise soon. */
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    /** Waits. */
    @FunctionalInterface
    public interface Pause {
        void make(Duration length) throws InterruptedException;
    }

    /** Whether an answer may be another one soon. */
    static boolean isPassing(int status) {
        return PASSING.contains(status);
    }

    /**
     * The pause before the next attempt; empty when there is to be none.
     *
     * @param made attempts made so far
     */
    Optional<Duration> after(int made, HttpResponse<?> answer, InstantSource clock) {
        if (made >= attempts || !isPassing(answer.statusCode())) {
            return Optional.empty();
        }
        Duration asked = answer.headers()
                .firstValue("Retry-After")
                .flatMap(text -> delay(text, clock))
                .orElse(doubled(made));
        return asked.compareTo(longest) > 0 ? Optional.empty() : Optional.of(asked);
    }

    /** The pause after so many attempts that brought no answer; empty when there is to be none. */
    Optional<Duration> after(int made) {
        return made >= attempts ? Optional.empty() : Optional.of(doubled(made));
    }

    private Duration doubled(int made) {
        Duration pause = first.multipliedBy(1L << Math.min(made - 1, 20));
        return pause.compareTo(longest) > 0 ? longest : pause;
    }

    /** Seconds, or a date as HTTP writes it. */
    static Optional<Duration> delay(String text, InstantSource clock) {
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration delay = Duration.between(clock.instant(), until);
            return Optional.of(delay.isNegative() ? Duration.ZERO : delay);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static void sleep(Duration length) throws InterruptedException {
        Thread.sleep(length);
    }
}
