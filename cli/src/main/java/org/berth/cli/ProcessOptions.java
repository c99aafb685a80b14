package org.berth.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a program is run, alike in {@code exec} and {@code run}. */
final class ProcessOptions {
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

    /** Whether the program gets a terminal. */
    boolean terminal() {
        return !noTerminal && Screen.interactive();
    }
}
