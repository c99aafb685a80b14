package org.berth.builder.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.context.SourceTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders, each with the Dockerfile that its plan is to be. After a change that is meant: run with
 * {@code -Dplans.write=FOLDER}, the folder of these resources, and look at the difference.
 */
class SourcePlansTest {
    private static final String EXPECTED = "expected.Dockerfile";

    static List<Path> folders() throws IOException, URISyntaxException {
        Path all = Path.of(Objects.requireNonNull(SourcePlansTest.class.getResource("plans"))
                .toURI());
        try (Stream<Path> folders = Files.list(all)) {
            return folders.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void aFolderHasItsPlan(Path folder) throws IOException {
        String planned = plan(folder, false);
        String write = System.getProperty("plans.write", "");
        if (!write.isEmpty()) {
            Files.writeString(Path.of(write).resolve(folder.getFileName()).resolve(EXPECTED), planned);
        }
        assertThat(planned).isEqualTo(Files.readString(folder.resolve(EXPECTED)));
        assertThat(planned.lines().filter(line -> line.startsWith("FROM ")).count())
                .isEqualTo(
                        folder.endsWith("static")
                                ? 1
                                : folder.getFileName().toString().startsWith("python") ? 3 : 2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            .python-version | 3.12          | Python 3.12, which .python-version asks for, is not in Debian, which has 3.11 and 3.13
            pyproject.toml  | project = 1 2 | pyproject.toml:1: not TOML
            requirements.txt| -e .          | requirements.txt:1: '-e .' is a path
            requirements.txt| flask         | nothing says how to start this
            package.json    | {             | package.json:1: not JSON
            package.json    | {"name": "x"} | nothing says how to start this
            package.json    | {"engines": {"node": "16"}} | Node 16 of package.json is not in Debian
            pom.xml         | <packaging>war</packaging> | pom.xml: packaging war makes no program
            go.mod          | go 1.99       | Go 1.99, which go.mod asks for, is not in Debian
            go.mod          | go 1.19       | go.mod: no program is found
            readme.txt      | hello         | nothing says what to build: expected a Dockerfile, or one of requirements.txt
            """)
    void whatCantBeBuiltIsNamed(String file, String text, String message, @TempDir Path folder) throws IOException {
        if (file.startsWith(".")) {
            Files.writeString(folder.resolve("requirements.txt"), "");
        }
        Files.writeString(folder.resolve(file), text);
        assertThatThrownBy(() -> plan(folder, false))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            3.11.2; >=3.8,<4; true
            3.11.2; >=3.12; false
            3.11.2; ^3.9; true
            3.11.2; ~3.11; true
            3.11.2; ~=3.10; true
            3.11.2; ~=3.10.1; false
            3.11.2; ==3.11.*; true
            3.11.2; !=3.11.*; false
            18.20.4; 16 || >=18; true
            18.20.4; 18.x; true
            18.20.4; >=16 <18; false
            18.20.4; 16 - 18; true
            18.20.4; *; true
            """)
    void ranges(String version, String range, boolean within) {
        assertThat(Version.of(version).within(range)).isEqualTo(within);
    }

    @ParameterizedTest
    @ValueSource(strings = {"; rm -rf /", "$(id)", "-o=x", "Python3", "a b", "../x", "a`b`"})
    void aptNamesAreNamesOnly(String name, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("requirements.txt"), "");
        Files.writeString(folder.resolve("apt.txt"), "\n" + name);
        assertThatThrownBy(() -> plan(folder, true))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("apt.txt:2: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-e .", ".", "./package", "/host/package", "file:///x", "-r ../outside.txt", "-r missing.txt"})
    void requirementsThatAreNotThereYetAreNamed(String line, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("requirements.txt"), line);
        assertThatThrownBy(() -> plan(folder, true))
                .isInstanceOf(BerthException.class)
                .hasMessageMatching("(?s).*(requirements.txt:1|missing.txt).*");
    }

    @Test
    void whoeverGivesTheCommandNeedsNone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("requirements.txt"), "six\n");
        assertThat(plan(folder, true)).doesNotContain("CMD", "EXPOSE");
    }

    @Test
    void hostFilesAreAskedForByTheirIds() {
        assertThat(HostFile.asked(
                        "RUN --mount=type=secret,id=pip.conf,target=/x --mount=type=cache,id=npmrc2,target=/y ls"))
                .containsExactly(HostFile.PIP);
        assertThat(HostFile.asked("RUN echo id=npmrc")).isEmpty();
    }

    private static String plan(Path folder, boolean commandGiven) {
        try (SourceTree tree = SourceTree.open(folder, IgnoreRules.NONE)) {
            return SourceDetector.detect(new TreeFolder(tree), commandGiven).dockerfile();
        }
    }
}
