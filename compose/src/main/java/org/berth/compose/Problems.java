package org.berth.compose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.yaml.Position;

/** Everything that is wrong with a file, and what should be said about it. */
final class Problems {
    private static final int SHOWN_MAX = 20;
    private static final int KEPT_MAX = 1_000;

    private record Problem(Position position, ErrorCode code, String message) {}

    private final Set<Problem> problems = new LinkedHashSet<>();
    private final Set<String> warnings = new LinkedHashSet<>();

    void report(Position position, String message) {
        report(position, ErrorCode.INVALID, message);
    }

    /** Something Compose has and Berth does not. */
    void reportUnsupported(Position position, String message) {
        report(position, ErrorCode.UNSUPPORTED, message);
    }

    private void report(Position position, ErrorCode code, String message) {
        if (problems.size() < KEPT_MAX) {
            problems.add(new Problem(position, code, message));
        }
    }

    void warn(Position position, String message) {
        if (warnings.size() < KEPT_MAX) {
            warnings.add(position + ": " + message);
        }
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Throws all of them as one exception, a line each, in the file's order; nothing when there are none. */
    void throwAny() {
        if (problems.isEmpty()) {
            return;
        }
        List<Problem> sorted = new ArrayList<>(problems);
        sorted.sort(Comparator.comparing((Problem problem) -> problem.position().file())
                .thenComparing(problem -> problem.position().line())
                .thenComparing(problem -> problem.position().column()));
        String lines = sorted.stream()
                .limit(SHOWN_MAX)
                .map(problem -> problem.position() + ": " + problem.message())
                .collect(Collectors.joining("\n"));
        String more = sorted.size() > SHOWN_MAX ? "\nand " + (sorted.size() - SHOWN_MAX) + " more" : "";
        boolean unsupportedOnly = sorted.stream().allMatch(problem -> problem.code() == ErrorCode.UNSUPPORTED);
        throw new BerthException(unsupportedOnly ? ErrorCode.UNSUPPORTED : ErrorCode.INVALID, lines + more);
    }
}
