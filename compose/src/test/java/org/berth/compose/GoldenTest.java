package org.berth.compose;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a Compose file means, and every word of what is wrong with it. Method: each folder of
 * {@code src/test/resources/golden} holds a {@code compose.yaml} and what becomes of it in {@code
 * expected}: the warnings and the project's JSON, or the error. {@code -Dberth.golden=write} writes these
 * anew, to be read before they are committed.
 */
class GoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Map<String, String> ENVIRONMENT =
            Map.of("HOME", "/home/user", "TAG", "1.2", "EMPTY", "", "PASSED", "from outside");

    static Stream<String> cases() throws IOException {
        try (Stream<Path> folders = Files.list(GOLDEN)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void reads(String name) throws IOException {
        Path folder = GOLDEN.resolve(name);
        String outcome = outcome(folder)
                .replace(folder.toAbsolutePath().toString(), "FOLDER")
                .replace(folder.toString(), "FOLDER");
        Path expected = folder.resolve("expected");
        if ("write".equals(System.getProperty("berth.golden"))) {
            Files.writeString(expected, outcome);
        }
        assertThat(outcome).isEqualTo(Files.readString(expected));
    }

    private static String outcome(Path folder) {
        try {
            LoadedProject loaded = ComposeFiles.load(
                    new LoadRequest(folder, Optional.empty(), Optional.empty(), List.of("chosen"), ENVIRONMENT));
            String json = Json.pretty().writeValueAsString(loaded.project());
            assertThat(Json.MAPPER.readValue(json, Project.class)).isEqualTo(loaded.project());
            String warnings = loaded.warnings().isEmpty() ? "" : String.join("\n", loaded.warnings()) + "\n";
            return warnings + json + "\n";
        } catch (BerthException e) {
            return e.code() + " " + e.code().exitCode() + "\n" + e.getMessage() + "\n";
        }
    }
}
