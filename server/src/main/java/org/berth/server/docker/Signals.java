package org.berth.server.docker;

import static java.util.Map.entry;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Signals by name or number (signal(7), x86-64). */
final class Signals {
    private static final int REAL_TIME_MIN = 34;
    private static final int REAL_TIME_MAX = 64;
    private static final Pattern REAL_TIME = Pattern.compile("RTM(IN|AX)(?:([+-])(\\d{1,2}))?");
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            entry("HUP", 1),
            entry("INT", 2),
            entry("QUIT", 3),
            entry("ILL", 4),
            entry("TRAP", 5),
            entry("ABRT", 6),
            entry("IOT", 6),
            entry("BUS", 7),
            entry("FPE", 8),
            entry("KILL", 9),
            entry("USR1", 10),
            entry("SEGV", 11),
            entry("USR2", 12),
            entry("PIPE", 13),
            entry("ALRM", 14),
            entry("TERM", 15),
            entry("STKFLT", 16),
            entry("CHLD", 17),
            entry("CONT", 18),
            entry("STOP", 19),
            entry("TSTP", 20),
            entry("TTIN", 21),
            entry("TTOU", 22),
            entry("URG", 23),
            entry("XCPU", 24),
            entry("XFSZ", 25),
            entry("VTALRM", 26),
            entry("PROF", 27),
            entry("WINCH", 28),
            entry("IO", 29),
            entry("POLL", 29),
            entry("PWR", 30),
            entry("SYS", 31));

    private Signals() {}

    /** "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3"; INVALID otherwise. */
    static int number(String text) {
        String name = text.toUpperCase(Locale.ROOT);
        if (name.startsWith("SIG")) {
            name = name.substring(3);
        }
        Integer known = NUMBERS.get(name);
        if (known != null) {
            return known;
        }
        int number = name.matches("\\d{1,2}") ? Integer.parseInt(name) : realTime(name);
        if (number < 1 || number > REAL_TIME_MAX) {
            throw new BerthException(ErrorCode.INVALID, "invalid signal: " + text);
        }
        return number;
    }

    private static int realTime(String name) {
        Matcher matcher = REAL_TIME.matcher(name);
        if (!matcher.matches()) {
            return 0;
        }
        int base = "IN".equals(matcher.group(1)) ? REAL_TIME_MIN : REAL_TIME_MAX;
        int offset = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
        int number = "-".equals(matcher.group(2)) ? base - offset : base + offset;
        return number < REAL_TIME_MIN ? 0 : number;
    }
}
