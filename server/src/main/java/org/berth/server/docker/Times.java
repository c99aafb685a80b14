package org.berth.server.docker;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Times as the Docker Engine API writes and reads them. */
public final class Times {
    /** Go's zero time: "never". */
    static final String NEVER = "0001-01-01T00:00:00Z";

    private static final Pattern UNIX = Pattern.compile("(\\d{1,12})(?:\\.(\\d{1,9})\\d*)?");
    private static final DateTimeFormatter NANOSECONDS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Times() {}

    static String text(Instant time) {
        return time.toString();
    }

    static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(NEVER);
    }

    /** With nine digits always, as logs have it. */
    static String nanoseconds(Instant time) {
        return NANOSECONDS.format(time);
    }

    /** Unix seconds with an optional fraction, or ISO 8601; "0" and "" are none. INVALID otherwise. */
    public static Optional<Instant> parse(String name, Optional<String> text) {
        return text.filter(value -> !value.equals("0")).map(value -> {
            try {
                Matcher unix = UNIX.matcher(value);
                return unix.matches()
                        ? unixTime(unix)
                        : DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(value, Instant::from);
            } catch (DateTimeParseException e) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        name + " must be Unix seconds or a time like 2026-01-31T12:00:00Z, not \"" + value + "\"",
                        e);
            } catch (DateTimeException e) {
                throw new BerthException(ErrorCode.INVALID, name + " is out of range: " + value, e);
            }
        });
    }

    private static Instant unixTime(Matcher unix) {
        String fraction = unix.group(2) == null ? "" : unix.group(2);
        long nanos = Long.parseLong((fraction + "000000000").substring(0, 9));
        return Instant.ofEpochSecond(Long.parseLong(unix.group(1)), nanos);
    }
}
