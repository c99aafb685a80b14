package org.berth.compose.text;

import java.util.List;
import java.util.Locale;

/** Signals by name or number (signal(7), the numbers of x86-64). */
public final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final int REAL_TIME_MIN = 34;
    private static final int REAL_TIME_MAX = 64;

    private Signals() {}

    /**
     * The number of {@code SIGTERM}, {@code term}, {@code RTMIN+3} or {@code 15}.
     *
     * @throws TextException when there is no such signal
     */
    public static int number(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        name = name.startsWith("SIG") ? name.substring(3) : name;
        int index = NAMES.indexOf(name);
        if (index >= 0) {
            return index + 1;
        }
        try {
            int number = name.startsWith("RTMIN+")
                    ? REAL_TIME_MIN + Integer.parseInt(name.substring(6))
                    : name.startsWith("RTMAX-")
                            ? REAL_TIME_MAX - Integer.parseInt(name.substring(6))
                            : Integer.parseInt(name);
            if (number >= 1 && number <= REAL_TIME_MAX) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw noSignal(text, e);
        }
        throw noSignal(text, null);
    }

    private static TextException noSignal(String text, @org.jspecify.annotations.Nullable Throwable cause) {
        TextException exception = new TextException("there is no signal '" + text + "': expected one like SIGTERM");
        if (cause != null) {
            exception.initCause(cause);
        }
        return exception;
    }
}
