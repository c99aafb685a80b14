package org.berth.builder.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * BuildKit's own cases for its parser, read as data from a checkout: {@code -Dberth.buildkit=FOLDER}. Its files are no part
 * of this tree.
 */
@EnabledIfSystemProperty(
        named = "berth.buildkit",
        matches = ".+",
        disabledReason = "no checkout of BuildKit: give one by -Dberth.buildkit=FOLDER")
class BuildkitCorpusTest {
    private static final Path FRONTEND =
            Path.of(System.getProperty("berth.buildkit", ".")).resolve("frontend/dockerfile");

    @TestFactory
    Stream<DynamicTest> statementsAreTakenApartAsExpected() throws IOException {
        return folders("parser/testfiles")
                .map(folder -> dynamicTest(folder.getFileName().toString(), () -> {
                    List<Statement> statements = statements(Files.readString(folder.resolve("Dockerfile")));
                    String dump = statements.stream()
                            .map(statement -> "(" + dump(statement) + ")\n")
                            .collect(Collectors.joining());
                    assertThat(dump).isEqualTo(Files.readString(folder.resolve("result")));
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongFilesAreRefused() throws IOException {
        return folders("parser/testfiles-negative")
                .map(folder -> dynamicTest(folder.getFileName().toString(), () -> {
                    String text = Files.readString(folder.resolve("Dockerfile"));
                    assertThatThrownBy(() -> DockerfileParser.parse("Dockerfile", text))
                            .isInstanceOf(BerthException.class)
                            .hasMessageStartingWith("Dockerfile:");
                }));
    }

    @TestFactory
    Stream<DynamicTest> variablesAreExpandedAsExpected() throws IOException {
        Map<String, String> variables =
                Map.of("PWD", "/home", "SHELL", "bash", "KOREAN", "\ud55c\uad6d\uc5b4", "NULL", "");
        return Files.readAllLines(FRONTEND.resolve("shell/envVarTest")).stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank() && !line.startsWith("W"))
                .map(line -> line.split("\\|", -1))
                .map(fields -> dynamicTest(fields[1].strip(), () -> {
                    String expected = fields[2].strip();
                    Place place = new Place("envVarTest", 1);
                    if (expected.equals("error")) {
                        assertThatThrownBy(() -> Words.expand(fields[1].strip(), variables, '\\', place))
                                .isInstanceOf(BerthException.class);
                    } else {
                        assertThat(Words.expand(fields[1].strip(), variables, '\\', place))
                                .isEqualTo(expected);
                    }
                }));
    }

    @Test
    void wordsAreSplitAsExpected() throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        int checked = 0;
        for (String line : Files.readAllLines(FRONTEND.resolve("shell/wordsTest"))) {
            if (line.startsWith("ENV ")) {
                String pair = line.substring(3).replaceFirst("^ +", "");
                variables.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            } else if (!line.startsWith("#")) {
                String[] fields = line.split("\\|", -1);
                List<String> expected =
                        List.of(fields[1].replaceFirst("^ +", "").split(",", -1));
                assertThat(words(fields[0].strip(), variables)).as(line).isEqualTo(expected);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(15);
    }

    /** Every Dockerfile that BuildKit's tests build; those meant to be refused are few. */
    @Test
    void dockerfilesOfTheTestsAreRead() throws IOException {
        List<String> refused = new ArrayList<>();
        int read = 0;
        for (String text : GoSources.dockerfiles(FRONTEND)) {
            try {
                DockerfileParser.parse("Dockerfile", text);
                read++;
            } catch (BerthException e) {
                refused.add(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            }
        }
        System.out.println(read + " Dockerfiles of BuildKit's tests are read, refused are " + refused.size() + ":\n  "
                + String.join("\n  ", refused));
        assertThat(read).isGreaterThan(300);
        assertThat(refused).hasSizeLessThan(25);
    }

    private static Stream<Path> folders(String name) throws IOException {
        try (Stream<Path> folders = Files.list(FRONTEND.resolve(name))) {
            return folders.sorted().toList().stream();
        }
    }

    private static List<Statement> statements(String content) {
        SourceText text = new SourceText("Dockerfile", content);
        return new StatementReader(text, Directives.read(text)).read();
    }

    private static List<String> words(String text, Map<String, String> variables) {
        try {
            return Words.process(text, variables, Words.Manner.of('\\')).words();
        } catch (IllegalArgumentException e) {
            return List.of("error");
        }
    }

    private static String dump(Statement statement) {
        StringBuilder dump = new StringBuilder(statement.keyword().toLowerCase(Locale.ROOT));
        if (!statement.flags().isEmpty()) {
            dump.append(statement.flags().stream()
                    .map(BuildkitCorpusTest::quoted)
                    .collect(Collectors.joining(" ", " [", "]")));
        }
        Optional<Statement> nested = statement.nested();
        nested.ifPresent(inner -> dump.append(" (").append(dump(inner)).append(")"));
        statement.arguments().forEach(word -> dump.append(' ').append(quoted(word)));
        return dump.toString();
    }

    private static String quoted(String text) {
        return "\""
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\b", "\\b")
                        .replace("\f", "\\f")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                        .replace("\t", "\\t")
                        .replace("\0", "\\x00")
                + "\"";
    }
}
