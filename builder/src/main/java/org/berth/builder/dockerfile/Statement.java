package org.berth.builder.dockerfile;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One instruction taken apart, its meaning not yet looked at.
 *
 * @param place where it is written, its here-documents with it
 * @param keyword as it is written
 * @param text the whole of it, continued lines joined
 * @param flags the words {@code --name=value} before the others, without their quotes
 * @param arguments words, or the elements of a list, or one text; which of them the keyword says
 * @param list whether the arguments are a JSON list
 * @param nested what follows ONBUILD
 * @param documents its here-documents
 * @param comments the lines of comment before it
 * @param emptyContinuation whether an empty line is among its continued ones
 */
record Statement(
        Place place,
        String keyword,
        String text,
        List<String> flags,
        List<String> arguments,
        boolean list,
        Optional<Statement> nested,
        List<HereDocument> documents,
        List<String> comments,
        boolean emptyContinuation) {
    Statement {
        flags = List.copyOf(flags);
        arguments = List.copyOf(arguments);
        documents = List.copyOf(documents);
        comments = List.copyOf(comments);
    }

    /** The keyword in upper case. */
    String name() {
        return keyword.toUpperCase(Locale.ROOT);
    }

    Statement with(Place whole, List<HereDocument> found, List<String> before, boolean empty) {
        return new Statement(whole, keyword, text, flags, arguments, list, nested, found, before, empty);
    }
}
