package org.berth.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code -f FILE}, for every command where {@code -f} has no other meaning. */
final class ProjectFile {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "the Compose file")
    private Optional<Path> file = Optional.empty();

    /** The file that was named. */
    Optional<Path> file() {
        return file;
    }
}
