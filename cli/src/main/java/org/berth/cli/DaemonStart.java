package org.berth.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;

/** Starts the daemon in the background, in a session of its own so that Ctrl-C does not reach it. */
final class DaemonStart {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 20;
    private static final int LOG_LINES_SHOWN = 15;

    private final Instance instance;

    DaemonStart(Instance instance) {
        this.instance = instance;
    }

    /** Where a daemon that a command started writes its log. */
    static Path log(Instance instance) {
        return instance.run().resolve("daemon.log");
    }

    void run() {
        Process process = spawn();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < deadline) {
            if (Daemon.answers(instance)) {
                return;
            }
            if (ended(process) && !Daemon.answers(instance)) {
                throw failure("the daemon did not start");
            }
        }
        throw failure("the daemon does not answer on " + instance.socket() + " after " + DEADLINE.toSeconds() + " s");
    }

    private Process spawn() {
        String launcher = System.getenv("BERTH_LAUNCHER");
        if (launcher == null) {
            throw new BerthException(
                    ErrorCode.UNAVAILABLE, "no daemon answers on " + instance.socket() + "; start one: berth server");
        }
        try {
            Files.createDirectories(instance.run());
            return new ProcessBuilder(List.of("setsid", launcher, "server"))
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(log(instance).toFile()))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("start the daemon: " + e.getMessage(), e);
        }
    }

    private static boolean ended(Process process) {
        try {
            return process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private BerthException failure(String what) {
        String end;
        try {
            List<String> lines = Files.readAllLines(log(instance));
            end = lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()).stream()
                    .map(line -> "  | " + line)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            end = "  (no log: " + e.getMessage() + ")";
        }
        return new BerthException(
                ErrorCode.UNAVAILABLE, what + "; the end of its log (" + log(instance) + "):\n" + end);
    }
}
