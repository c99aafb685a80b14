package org.berth.image;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Runs a program isolated in a root, for the bootstrap's maintainer scripts. */
@FunctionalInterface
public interface RootRunner {
    /**
     * Runs to the end, with no network.
     *
     * @param root a folder that becomes the program's root, changed in place
     * @param arguments program and arguments
     * @param environment NAME=value
     * @param output gets each line that it prints
     * @return its exit code
     */
    int run(Path root, List<String> arguments, List<String> environment, Consumer<String> output);
}
