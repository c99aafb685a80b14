package org.berth.server.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.berth.linux.user.IdMaps;

/** Processes as {@code ps -ef} shows them, read from /proc (proc_pid_stat(5)). */
final class ProcessTable {
    /** What ps(1) is asked for where a client does not say: these are its columns. */
    static final String ARGUMENTS = "-ef";

    static final List<String> TITLES = List.of("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");

    /** Ticks a second, USER_HZ: fixed at 100 for x86-64's user space. */
    private static final int TICKS_PER_SECOND = 100;

    /** Places in /proc/PID/stat, counted behind the name in parentheses. */
    private static final int PARENT = 1;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int START_TICKS = 19;
    private static final DateTimeFormatter HOUR_MINUTE =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneId.systemDefault());

    private ProcessTable() {}

    /** The line of a process; none when it has ended meanwhile. */
    static Optional<List<String>> row(long pid, Instant now) {
        Path folder = Path.of("/proc/" + pid);
        try {
            String stat = Files.readString(folder.resolve("stat"), StandardCharsets.ISO_8859_1);
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String command = Files.readString(folder.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ')
                    .trim();
            Duration used = Duration.ofMillis(1000L
                    * (Long.parseLong(words[USER_TICKS]) + Long.parseLong(words[SYSTEM_TICKS]))
                    / TICKS_PER_SECOND);
            return Optional.of(List.of(
                    uid(folder),
                    String.valueOf(pid),
                    words[PARENT],
                    "0",
                    HOUR_MINUTE.format(started(Long.parseLong(words[START_TICKS]), now)),
                    "?",
                    String.format(
                            Locale.ROOT, "%02d:%02d:%02d", used.toHours(), used.toMinutesPart(), used.toSecondsPart()),
                    command.isEmpty() ? "[" + name + "]" : command));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** As the container has it. */
    private static String uid(Path folder) throws IOException {
        long outside = Integer.toUnsignedLong((int) Files.getAttribute(folder, "unix:uid"));
        String map = Files.readString(folder.resolve("uid_map"), StandardCharsets.ISO_8859_1);
        return Long.toString(IdMaps.inside(map, outside).orElse(outside));
    }

    private static Instant started(long ticks, Instant now) throws IOException {
        double uptime =
                Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
        long ageMillis = Math.round(uptime * 1000) - ticks * 1000 / TICKS_PER_SECOND;
        return now.minusMillis(Math.max(0, ageMillis));
    }
}
