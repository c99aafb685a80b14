package org.berth.runtime.oci.command;

import java.util.List;
import java.util.Locale;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Signals by name and number (signal(7), x86). */
final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final int REAL_TIME_MIN = 34;
    private static final int REAL_TIME_MAX = 64;

    private Signals() {}

    /** The number of "9", "KILL", "SIGKILL", "sigkill", "SIGRTMIN+3". */
    static int number(String text) {
        String name = text.toUpperCase(Locale.ROOT);
        name = name.startsWith("SIG") ? name.substring(3) : name;
        int index = NAMES.indexOf(name);
        if (index >= 0) {
            return index + 1;
        }
        int number = switch (name) {
            case "IOT" -> 6;
            case "CLD" -> 17;
            case "POLL" -> 29;
            default -> realTime(name);
        };
        if (number < 0 || number > REAL_TIME_MAX) {
            throw new BerthException(ErrorCode.INVALID, "unknown signal \"" + text + "\"");
        }
        return number;
    }

    private static int realTime(String name) {
        try {
            if (name.startsWith("RTMIN")) {
                return name.length() == 5 ? REAL_TIME_MIN : REAL_TIME_MIN + Integer.parseInt(name.substring(5));
            }
            if (name.startsWith("RTMAX")) {
                return name.length() == 5 ? REAL_TIME_MAX : REAL_TIME_MAX + Integer.parseInt(name.substring(5));
            }
            return Integer.parseInt(name);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
