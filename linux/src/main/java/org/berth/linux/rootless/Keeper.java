package org.berth.linux.rootless;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.Launcher;

/**
 * A tiny process that keeps an ordinary user's namespaces from one daemon to the next: containers and what serves their
 * network go on in them meanwhile.
 *
 * @param pid its process id
 * @param started when it was started, in clock ticks since the machine's start: ids are given again
 */
public record Keeper(long pid, long started) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int SIGKILL = 9;

    /** Column of the start time after the name (proc_pid_stat(5)). */
    private static final int STARTED_COLUMN = 19;

    /** Makes the namespaces. @param life stays open as long as it lives */
    static Keeper start(Launcher launcher, String name, UserMaps maps, Optional<Path> resolvers, Descriptor life) {
        try (Pipe mapped = Pipe.make();
                Launch launch = launcher.start(
                        KeeperProgram.of(name, resolvers), List.of(name), List.of(mapped.read(), life))) {
            try {
                check(launch);
                maps.write(launch.pid());
                mapped.send();
                check(launch);
                return new Keeper(launch.pid(), startTime(launch.pid()).orElseThrow(Keeper::ended));
            } catch (RuntimeException e) {
                SystemCalls.attempt(SystemCallNumber.KILL, launch.pid(), SIGKILL);
                throw e;
            }
        }
    }

    private static void check(Launch launch) {
        switch (launch.await(TIMEOUT)) {
            case Launch.Result.Started started -> {}
            case Launch.Result.Failed failed ->
                throw new SystemCallException(failed.step().label(), failed.errno());
            case Launch.Result.Ended ended -> throw ended();
            case Launch.Result.TimedOut timedOut ->
                throw new BerthException(
                        ErrorCode.TIMEOUT, "make namespaces: not done within " + TIMEOUT.toSeconds() + " s");
        }
    }

    private static BerthException ended() {
        return new BerthException(ErrorCode.INTERNAL, "make namespaces: the process that keeps them was killed");
    }

    /** Whether it is there still. */
    public boolean lives() {
        return startTime(pid).equals(Optional.of(started));
    }

    /** Ends it; the namespaces go with the last process in them. */
    public void end() {
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
    static Optional<Long> startTime(String stat) {
        String[] columns = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return columns.length <= STARTED_COLUMN || columns[0].equals("Z") || columns[0].equals("X")
                ? Optional.empty()
                : Optional.of(Long.parseLong(columns[STARTED_COLUMN]));
    }
}
