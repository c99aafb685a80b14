package org.berth.builder.dockerfile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Texts in Go's sources, read as data. */
final class GoSources {
    private static final Pattern LITERAL = Pattern.compile("`([^`]*)`");
    private static final Pattern FROM = Pattern.compile("(?m)^FROM [a-z]+\\S*( AS \\S+)?$");

    private GoSources() {}

    /** The raw literals of a folder's tests that have a FROM. */
    static List<String> dockerfiles(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith("_test.go"))
                    .sorted()
                    .toList()) {
                Matcher matcher = LITERAL.matcher(Files.readString(file));
                while (matcher.find()) {
                    if (FROM.matcher(matcher.group(1)).find()) {
                        found.add(matcher.group(1));
                    }
                }
            }
        }
        return found;
    }
}
