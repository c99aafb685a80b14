package org.berth.linux.rootless;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A process that outlives the daemon, as it is known to the next one: by more than its id, for ids are given again.
 *
 * @param pid its process id
 * @param started when it was started, in clock ticks since the machine's start
 */
record KnownProcess(long pid, long started) {
    private static final int SIGKILL = 9;

    /** Column of the start time after the name (proc_pid_stat(5)). */
    private static final int STARTED_COLUMN = 19;

    /** One that is there now. */
    static Optional<KnownProcess> of(long pid) {
        return startTime(pid).map(started -> new KnownProcess(pid, started));
    }

    /** Reads what {@link #line} wrote. @return empty when it is no such line, and when the process is gone */
    static Optional<KnownProcess> living(String line) {
        if (!line.matches("[1-9][0-9]{0,9} [0-9]{1,18}")) {
            return Optional.empty();
        }
        int space = line.indexOf(' ');
        return Optional.of(new KnownProcess(
                        Long.parseLong(line.substring(0, space)), Long.parseLong(line.substring(space + 1))))
                .filter(KnownProcess::lives);
    }

    /** Its id and its start, apart by a space. */
    String line() {
        return pid + " " + started;
    }

    /** Whether it is there still. */
    boolean lives() {
        return startTime(pid).equals(Optional.of(started));
    }

    /** Whether it was started with an argument. */
    boolean hasArgument(String argument) {
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
            return List.of(new String(line, StandardCharsets.UTF_8).split("\0", -1))
                    .contains(argument);
        } catch (IOException e) {
            return false;
        }
    }

    /** Kills it, if it is there still. */
    void end() {
        long opened = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (opened < 0) {
            return;
        }
        try (Descriptor process = new Descriptor((int) opened)) {
            if (lives()) {
                SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, process.number(), SIGKILL, 0, 0);
            }
        }
    }

    private static Optional<Long> startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            return startTime(stat);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Of a process that has not ended; one that nobody has waited for yet has. */
    private static Optional<Long> startTime(String stat) {
        String[] columns = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return columns.length <= STARTED_COLUMN || columns[0].equals("Z") || columns[0].equals("X")
                ? Optional.empty()
                : Optional.of(Long.parseLong(columns[STARTED_COLUMN]));
    }
}
