package org.berth.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.runtime.external.RuntimeCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs another runtime's short commands: kill, delete, pause. Its words are in its log file. */
final class RuntimeTool {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int LOG_BYTES_MAX = 64 * 1024;
    private static final Pattern MESSAGE = Pattern.compile("\"msg\": ?\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final Logger LOG = LoggerFactory.getLogger(RuntimeTool.class);

    private final RuntimeCommand command;
    private final Path state;
    private final Path log;

    RuntimeTool(RuntimeCommand command, Path state, Path log) {
        this.command = command;
        this.state = state;
        this.log = log;
    }

    /** @throws BerthException with what the runtime says when it fails */
    void run(String... arguments) {
        if (!attempt(arguments)) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    command.name() + " " + arguments[0] + ": "
                            + lastError(log).orElse("failed, and said nothing in " + log));
        }
    }

    /**
     * Has it take down what it knows of. When it hangs, or was uninstalled, the control groups still end what runs: whoever
     * cleans up goes on.
     */
    void cleanUp(String... arguments) {
        try {
            var _ = attempt(arguments);
        } catch (BerthException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    /** @return whether it succeeded */
    boolean attempt(String... arguments) {
        List<String> line = new ArrayList<>(command.arguments(state, log));
        line.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(line)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new BerthException(
                        ErrorCode.TIMEOUT,
                        command.name() + " " + arguments[0] + " did not end within " + TIMEOUT.toSeconds() + " s");
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            throw FileErrors.of("run " + command.program(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.INTERNAL, "interrupted while " + command.name() + " ran", e);
        }
    }

    /** The last message of a log of JSON lines. */
    static Optional<String> lastError(Path log) {
        try {
            byte[] bytes = Files.readAllBytes(log);
            int from = Math.max(0, bytes.length - LOG_BYTES_MAX);
            String text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
            return MESSAGE.matcher(text)
                    .results()
                    .map(result -> result.group(1).replace("\\\"", "\""))
                    .reduce((first, last) -> last);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw FileErrors.of("read " + log, e);
        }
    }
}
