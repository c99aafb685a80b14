package org.berth.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every escape of docs/security.md has a test whose name carries its number, in the class the table names. */
class SecurityTableTest {
    private static final Path HOME = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| ((?:CVE|youki)-[0-9-]+) \\|.*\\| ([^|]*) \\|$");
    private static final Pattern NAME = Pattern.compile("\\b(?:void|class) (\\w+)");
    private static final int ROWS_MIN = 20;

    @Test
    void everyRowHasItsTest() throws IOException {
        String names = testNames();
        List<String> rows = Files.readAllLines(HOME.resolve("docs/security.md")).stream()
                .filter(line -> ROW.matcher(line).matches())
                .toList();
        assertThat(rows).hasSizeGreaterThanOrEqualTo(ROWS_MIN);
        assertThat(rows).allSatisfy(row -> {
            var cells = ROW.matcher(row);
            assertThat(cells.matches()).isTrue();
            assertThat(names).contains(plain(cells.group(1)));
            for (String test : cells.group(2).split(",")) {
                assertThat(names).contains(plain(test.replaceAll("\\(.*", "")));
            }
        });
    }

    private static String testNames() throws IOException {
        try (Stream<Path> modules = Files.list(HOME)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(SecurityTableTest::sources)
                    .map(SecurityTableTest::names)
                    .collect(Collectors.joining(" "));
        }
    }

    private static Stream<Path> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith("Test.java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String names(Path source) {
        try {
            return NAME.matcher(Files.readString(source))
                    .results()
                    .map(result -> plain(result.group(1)))
                    .collect(Collectors.joining(" "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
