package org.berth.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import picocli.CommandLine.Option;

/** How a program is run, alike in {@code exec} and {@code run}. */
final class ProcessOptions {
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;

    @Option(
            names = {"-T", "--no-tty"},
            description = "no terminal, though there is one here")
    private boolean noTerminal;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "as whom")
    Optional<String> user = Optional.empty();

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "PATH",
            description = "where")
    Optional<String> workingDirectory = Optional.empty();

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            description = "one more variable")
    List<String> environment = new ArrayList<>();

    /**
     * What a command ends with whose program could not be started, as shells have it: 127 for one that
     * is not there, 126 for one that can't be executed.
     *
     * @throws BerthException the failure itself, where it is of another kind
     */
    static int notStarted(BerthException failure) {
        String words = String.valueOf(failure.getMessage());
        if (!words.startsWith("exec: ")) {
            throw failure;
        }
        System.err.println("berth: " + words);
        return words.endsWith("executable file not found in PATH") ? NOT_FOUND : NOT_EXECUTABLE;
    }

    /** Whether the program gets a terminal. */
    boolean terminal() {
        return !noTerminal && Screen.interactive();
    }
}
