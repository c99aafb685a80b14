package org.berth.engine;

import java.util.Locale;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Signals by name (signal(7), x86-64 numbers). */
public final class Signals {
    public static final int KILL = 9;
    public static final int TERM = 15;
    private static final int REAL_TIME_FIRST = 34;
    private static final int REAL_TIME_LAST = 64;

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("ILL", 4),
            Map.entry("TRAP", 5),
            Map.entry("ABRT", 6),
            Map.entry("IOT", 6),
            Map.entry("BUS", 7),
            Map.entry("FPE", 8),
            Map.entry("KILL", KILL),
            Map.entry("USR1", 10),
            Map.entry("SEGV", 11),
            Map.entry("USR2", 12),
            Map.entry("PIPE", 13),
            Map.entry("ALRM", 14),
            Map.entry("TERM", TERM),
            Map.entry("STKFLT", 16),
            Map.entry("CHLD", 17),
            Map.entry("CLD", 17),
            Map.entry("CONT", 18),
            Map.entry("STOP", 19),
            Map.entry("TSTP", 20),
            Map.entry("TTIN", 21),
            Map.entry("TTOU", 22),
            Map.entry("URG", 23),
            Map.entry("XCPU", 24),
            Map.entry("XFSZ", 25),
            Map.entry("VTALRM", 26),
            Map.entry("PROF", 27),
            Map.entry("WINCH", 28),
            Map.entry("IO", 29),
            Map.entry("POLL", 29),
            Map.entry("PWR", 30),
            Map.entry("SYS", 31),
            Map.entry("RTMIN", REAL_TIME_FIRST),
            Map.entry("RTMAX", REAL_TIME_LAST));

    private Signals() {}

    /** The number of "SIGTERM", "term", "15", "RTMIN+3"; INVALID for anything else. */
    public static int parse(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        name = name.startsWith("SIG") ? name.substring(3) : name;
        if (name.matches("[0-9]{1,2}")) {
            return inRange(Integer.parseInt(name), text);
        }
        if (name.matches("RTMIN\\+[0-9]{1,2}")) {
            return inRange(REAL_TIME_FIRST + Integer.parseInt(name.substring(6)), text);
        }
        if (name.matches("RTMAX-[0-9]{1,2}")) {
            return inRange(REAL_TIME_LAST - Integer.parseInt(name.substring(6)), text);
        }
        Integer number = NUMBERS.get(name);
        if (number == null) {
            throw invalid(text);
        }
        return number;
    }

    private static int inRange(int number, String text) {
        if (number < 1 || number > REAL_TIME_LAST) {
            throw invalid(text);
        }
        return number;
    }

    private static BerthException invalid(String text) {
        return new BerthException(
                ErrorCode.INVALID, "invalid signal: " + text + ": expected a name such as SIGTERM, or a number to 64");
    }
}
