package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;

/**
 * A command as RUN, CMD and ENTRYPOINT take it.
 *
 * @param shell whether it is a line for the shell; else program and arguments
 * @param words the line alone, or program and arguments; nothing in them is expanded
 * @param documents here-documents of the line
 */
public record Invocation(boolean shell, List<String> words, List<HereDocument> documents) {
    /** The shell where no SHELL says otherwise. */
    public static final List<String> STANDARD_SHELL = List.of("/bin/sh", "-c");

    public Invocation {
        words = List.copyOf(words);
        documents = List.copyOf(documents);
    }

    public Invocation(boolean shell, List<String> words) {
        this(shell, words, List.of());
    }

    /** Program and arguments, by a shell: "/bin/sh", "-c". */
    public List<String> arguments(List<String> shellWords) {
        if (!shell) {
            return words;
        }
        List<String> arguments = new ArrayList<>(shellWords);
        arguments.add(line());
        return arguments;
    }

    /** The same by the standard shell. */
    public List<String> arguments() {
        return arguments(STANDARD_SHELL);
    }

    /**
     * The program that a here-document alone is, where it names its interpreter in a first line "#!": it is run as a file.
     */
    public java.util.Optional<HereDocument> script() {
        return isDocumentAlone() && documents.getFirst().text().startsWith("#!")
                ? java.util.Optional.of(documents.getFirst())
                : java.util.Optional.empty();
    }

    /** A document alone is the line; else the shell gets the line with its documents below it. */
    private String line() {
        if (isDocumentAlone()) {
            return documents.getFirst().text();
        }
        StringBuilder line = new StringBuilder(words.isEmpty() ? "" : words.getFirst());
        documents.forEach(
                document -> line.append('\n').append(document.content()).append(document.name()));
        return line.toString();
    }

    private boolean isDocumentAlone() {
        return documents.size() == 1 && HereDocument.of(words.getFirst()).isPresent();
    }
}
