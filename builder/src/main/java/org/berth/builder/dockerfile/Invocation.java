package org.berth.builder.dockerfile;

import java.util.List;

/**
 * A command as RUN, CMD and ENTRYPOINT take it.
 *
 * @param shell whether it is a line for the shell; else program and arguments
 * @param words the line alone, or program and arguments; nothing in them is expanded
 */
public record Invocation(boolean shell, List<String> words) {
    public Invocation {
        words = List.copyOf(words);
    }

    /** Program and arguments. */
    public List<String> arguments() {
        return shell ? List.of("/bin/sh", "-c", words.getFirst()) : words;
    }
}
