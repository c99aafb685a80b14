package org.berth.builder;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a step's last lines mean when pip says that a requirement can't be satisfied. */
final class PipFailure {
    private static final Pattern UNSATISFIED = Pattern.compile("ERROR: No matching distribution found for (.+)");

    private PipFailure() {}

    static Optional<String> explain(List<String> lines) {
        List<String> missing = lines.stream()
                .map(UNSATISFIED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .distinct()
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("neither Debian's packages nor the package index satisfy " + String.join(", ", missing)
                + "; list the Debian packages that have them in apt.txt (such as python3-NAME),"
                + " or set an index that pip reaches, such as PIP_INDEX_URL");
    }
}
