package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Joins continued lines, leaves comments and empty lines out, collects here-documents. */
final class StatementReader {
    private static final int STATEMENT_CHARACTERS_MAX = 1024 * 1024;

    private final SourceText text;
    private final Directives directives;
    private final StatementSplitter splitter;
    private int at;

    StatementReader(SourceText text, Directives directives) {
        this.text = text;
        this.directives = directives;
        this.splitter = new StatementSplitter(directives.escape());
    }

    /** All statements of the file. */
    List<Statement> read() {
        List<Statement> statements = new ArrayList<>();
        List<String> comments = new ArrayList<>();
        at = directives.lines();
        while (at < text.size()) {
            String line = text.line(at);
            if (isComment(line)) {
                comment(line, comments);
                at++;
            } else if (line.isBlank()) {
                at++;
            } else {
                statement(comments).ifPresent(statements::add);
                comments.clear();
            }
        }
        return statements;
    }

    private Optional<Statement> statement(List<String> comments) {
        int first = at + 1;
        StringBuilder joined = new StringBuilder();
        boolean empty = false;
        boolean continued = true;
        while (continued && at < text.size()) {
            String line = text.line(at++);
            if (!joined.isEmpty() || at > first) {
                if (isComment(line)) {
                    continue;
                }
                if (line.isBlank()) {
                    empty = true;
                    continue;
                }
            } else {
                line = line.stripLeading();
            }
            int end = continuation(line);
            continued = end >= 0;
            joined.append(continued ? line.substring(0, end) : line);
            if (joined.length() > STATEMENT_CHARACTERS_MAX) {
                throw text.place(first, first).invalid("more than " + STATEMENT_CHARACTERS_MAX + " characters");
            }
        }
        if (joined.toString().isBlank()) {
            return Optional.empty();
        }
        String line = joined.toString();
        Statement statement = splitter.split(text.place(first, at), line);
        List<HereDocument> documents = takesDocuments(statement) ? documents(line, first) : List.of();
        return Optional.of(statement.with(text.place(first, at), documents, comments, empty));
    }

    private List<HereDocument> documents(String line, int first) {
        List<HereDocument> documents = new ArrayList<>();
        for (HereDocument document : HereDocument.announced(line)) {
            StringBuilder content = new StringBuilder();
            while (at < text.size() && !document.isEnd(text.line(at))) {
                content.append(text.raw(at++));
            }
            if (at == text.size()) {
                throw text.place(first, at)
                        .invalid("the here-document is not ended: a line '" + document.name() + "' was expected");
            }
            at++;
            documents.add(document.with(content.toString()));
        }
        return documents;
    }

    private static boolean takesDocuments(Statement statement) {
        Statement inner = statement.nested().orElse(statement);
        return statement.text().contains("<<")
                && !inner.list()
                && (inner.name().equals("RUN")
                        || inner.name().equals("COPY")
                        || inner.name().equals("ADD"));
    }

    private static void comment(String line, List<String> comments) {
        String comment = line.strip().substring(1).strip();
        if (comment.isEmpty()) {
            comments.clear();
        } else {
            comments.add(comment);
        }
    }

    /** Where a line's escape character at its end is, -1 without one; two of them are one that is meant. */
    private int continuation(String line) {
        int end = line.length() - 1;
        while (end >= 0 && (line.charAt(end) == ' ' || line.charAt(end) == '\t')) {
            end--;
        }
        char escape = directives.escape();
        boolean continued = end >= 0 && line.charAt(end) == escape && (end == 0 || line.charAt(end - 1) != escape);
        return continued ? end : -1;
    }

    private static boolean isComment(String line) {
        return line.stripLeading().startsWith("#");
    }
}
