package org.berth.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Finding files, names, environments; what a file means is in {@link GoldenTest}. */
class ComposeFilesTest {
    private static final String ONE = "services: { web: { image: \"i:${V-none}\" } }\n";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Project load(Map<String, String> environment) {
        return ComposeFiles.load(LoadRequest.of(folder, environment)).project();
    }

    private Project load(Optional<Path> file, Optional<String> name, Map<String, String> environment) {
        return ComposeFiles.load(new LoadRequest(folder, file, name, List.of(), environment))
                .project();
    }

    private void write(String file, String text) {
        try {
            Files.createDirectories(folder.resolve(file).resolveSibling("."));
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void refused(ErrorCode code, Runnable load, String words) {
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(load::run)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void findsFilesInComposesOrder() {
        refused(ErrorCode.INVALID, () -> load(Map.of()), "no Compose file in " + folder);
        write("docker-compose.yml", "name: d\n" + ONE);
        assertThat(load(Map.of()).name()).isEqualTo("d");
        write("docker-compose.yaml", "name: c\n" + ONE);
        assertThat(load(Map.of()).name()).isEqualTo("c");
        write("compose.yml", "name: b\n" + ONE);
        assertThat(load(Map.of()).name()).isEqualTo("b");
        write("compose.yaml", "name: a\n" + ONE);
        assertThat(load(Map.of()).name()).isEqualTo("a");
    }

    @Test
    void keepsWhatHasAHealthCheckUnlessItIsSaidOtherwiseOrAJob() {
        write("compose.yaml", """
                services:
                  web: { image: i, depends_on: { job: { condition: service_completed_successfully } }, healthcheck: { test: t } }
                  said: { image: i, healthcheck: { test: t }, restart: "no" }
                  plain: { image: i }
                  job: { image: i, healthcheck: { test: t } }
                """);
        Map<String, Service> services = load(Map.of()).services();
        assertThat(services.values().stream()
                        .filter(service -> service.restart().policy() == Restart.Policy.UNLESS_STOPPED)
                        .map(Service::name))
                .containsExactly("web");
    }

    @Test
    void anImagesHealthCheckKeepsWhatTheFileSaysNothingOf() {
        write("compose.yaml", """
                services:
                  web: { image: i, depends_on: { job: { condition: service_completed_successfully } } }
                  said: { image: i, restart: "no" }
                  off: { image: i, healthcheck: { disable: true } }
                  job: { image: i }
                """);
        assertThat(kept(load(Map.of()).settled(service -> true))).containsExactly("web");
        assertThat(kept(load(Map.of()).settled(service -> false))).isEmpty();
        assertThat(load(Map.of()).settled(service -> false).services().values())
                .allMatch(service -> service.restart().equals(Restart.NO));
    }

    private static List<String> kept(Project project) {
        return project.services().values().stream()
                .filter(service -> service.restart().policy() == Restart.Policy.UNLESS_STOPPED)
                .map(Service::name)
                .toList();
    }

    @Test
    void takesTheFileThatIsNamed() {
        write("deep/other.yaml", "services: { web: { build: . } }");
        Project project = load(Optional.of(Path.of("deep/other.yaml")), Optional.empty(), Map.of());
        assertThat(project.folder()).isEqualTo(folder.resolve("deep").toString());
        assertThat(project.name()).isEqualTo("deep");
        assertThat(project.services().get("web"))
                .extracting(service -> service.build().orElseThrow().context())
                .isEqualTo(folder.resolve("deep").toString());
        refused(
                ErrorCode.INVALID,
                () -> load(Optional.of(Path.of("nothing.yaml")), Optional.empty(), Map.of()),
                "nothing.yaml does not exist");
    }

    @Test
    void namesTheProjectByOptionEnvironmentFileFolder() {
        write("My.App/compose.yaml", ONE);
        Optional<Path> file = Optional.of(Path.of("My.App/compose.yaml"));
        assertThat(load(file, Optional.empty(), Map.of()).name()).isEqualTo("myapp");
        write("My.App/compose.yaml", "name: written\n" + ONE);
        assertThat(load(file, Optional.empty(), Map.of()).name()).isEqualTo("written");
        Map<String, String> environment = Map.of("COMPOSE_PROJECT_NAME", "outside");
        assertThat(load(file, Optional.empty(), environment).name()).isEqualTo("outside");
        assertThat(load(file, Optional.of("option"), environment).name()).isEqualTo("option");
        refused(ErrorCode.INVALID, () -> load(file, Optional.of("No!"), Map.of()), "not 'No!'");
    }

    @Test
    void theEnvironmentWinsOverDotenv() {
        write("compose.yaml", "name: a\n" + ONE);
        assertThat(image(load(Map.of()))).isEqualTo("i:none");
        write(".env", "V=file\n");
        assertThat(image(load(Map.of()))).isEqualTo("i:file");
        assertThat(image(load(Map.of("V", "outside")))).isEqualTo("i:outside");
        write(".env", "V='no end\n");
        refused(ErrorCode.INVALID, () -> load(Map.of()), ".env:1:1: the quote ' has no end");
    }

    private static String image(Project project) {
        return project.services().values().iterator().next().image().orElse("");
    }

    @Test
    void activatesProfiles() {
        write("compose.yaml", """
                name: a
                services:
                  web: { image: i }
                  debug: { image: i, profiles: [debug, all] }
                """);
        assertThat(load(Map.of()).services()).containsOnlyKeys("web");
        assertThat(load(Map.of("COMPOSE_PROFILES", "x, debug")).services()).containsOnlyKeys("web", "debug");
        assertThat(load(Map.of("COMPOSE_PROFILES", "*")).services()).containsOnlyKeys("web", "debug");
    }

    @Test
    void refusesAnOverrideThatWouldBeLeftOut() {
        write("compose.yaml", "name: a\n" + ONE);
        write("compose.override.yaml", ONE);
        refused(ErrorCode.UNSUPPORTED, () -> load(Map.of()), "compose.override.yaml: Compose would merge this file");
        assertThat(load(Optional.of(Path.of("compose.yaml")), Optional.empty(), Map.of())
                        .name())
                .isEqualTo("a");
    }

    @Test
    void composeFileNamesAFile() {
        write("other.yaml", "name: other\n" + ONE);
        assertThat(load(Map.of("COMPOSE_FILE", "other.yaml")).name()).isEqualTo("other");
        refused(ErrorCode.UNSUPPORTED, () -> load(Map.of("COMPOSE_FILE", "a.yaml:b.yaml")), "more than one file");
    }

    @Test
    void refusesFilesThatAreNone() {
        write("compose.yaml", "");
        refused(ErrorCode.INVALID, () -> load(Map.of()), "compose.yaml:1:1: expected a mapping with 'services'");
        write("compose.yaml", "- a\n");
        refused(ErrorCode.INVALID, () -> load(Map.of()), "expected a mapping with 'services'");
        write("compose.yaml", "x".repeat(1_000_001));
        refused(ErrorCode.INVALID, () -> load(Map.of()), "larger than 1000000 bytes");
    }

    @Test
    void showsTwentyProblemsAndCountsTheRest() {
        StringBuilder file = new StringBuilder("name: a\nservices:\n  web:\n    image: i\n");
        for (int i = 0; i < 30; i++) {
            file.append("    nonsense").append(i).append(": 1\n");
        }
        write("compose.yaml", file.toString());
        refused(ErrorCode.INVALID, () -> load(Map.of()), "\nand 10 more");
    }

    @ParameterizedTest
    @EnumSource
    void noKeyIsBothSupportedAndNot(Keys keys) {
        assertThat(keys.supported()).doesNotHaveDuplicates().noneMatch(keys.known()::contains);
    }
}
