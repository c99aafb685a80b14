package org.berth.cli;

import picocli.CommandLine.Option;

/** How a command answers: for people, as JSON, or with names only. */
final class Output {
    @Option(names = "--json", description = "answer in JSON, for scripts")
    boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "no progress; of lists, the names only")
    boolean quiet;
}
