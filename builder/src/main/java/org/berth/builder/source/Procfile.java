package org.berth.builder.source;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Procfile: a line for each kind of process, "web: command". */
final class Procfile {
    private static final Pattern LINE = Pattern.compile("([A-Za-z0-9_-]+):\\s*(\\S.*?)\\s*");
    private static final Pattern NEEDS_SHELL = Pattern.compile("[|&;<>()$`\\\\\"'*?\\[#~=%!{}]");

    private Procfile() {}

    /** Program and arguments of a process; by the shell only when the line needs one. */
    static Optional<List<String>> command(String text, String process) {
        return text.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .filter(matcher -> matcher.group(1).equals(process))
                .map(matcher -> arguments(matcher.group(2)))
                .findFirst();
    }

    private static List<String> arguments(String line) {
        return NEEDS_SHELL.matcher(line).find() ? List.of("/bin/sh", "-c", line) : List.of(line.split("\\s+"));
    }
}
