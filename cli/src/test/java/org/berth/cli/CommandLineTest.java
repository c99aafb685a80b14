package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.berth.base.Instance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong input is answered with a reason and an exit code, before any daemon is asked. */
class CommandLineTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream before = System.err;

    @BeforeEach
    void listen() {
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setErr(before);
    }

    @Test
    void anUnknownOptionIsUsage() {
        assertThat(Main.run(new String[] {"up", "--frobnicate"})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("--frobnicate")
                .contains("berth up --help");
    }

    @Test
    void aFolderWithoutAComposeFileIsNamed(@TempDir Path folder) {
        assertThat(Main.run(new String[] {"down", folder.toString()})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("no Compose file")
                .contains(folder.toString());
    }

    @Test
    void aPathIsNoService(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  web:\n    image: debian\n");
        String missing = folder.resolve("nothing").toString();
        assertThat(Main.run(new String[] {"up", missing})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains(missing + " is no folder with a Compose file");
    }

    @Test
    void whatWasGivenIsNamedWhereNoProjectIs(@TempDir Path folder) throws IOException {
        for (String command : List.of("up", "build", "logs")) {
            said.reset();
            assertThat(Main.run(new String[] {command, "nofolder"})).isEqualTo(2);
            assertThat(said.toString(StandardCharsets.UTF_8)).contains("nofolder is no folder with a Compose file");
        }
        Files.writeString(folder.resolve("Dockerfile"), "FROM debian\n");
        said.reset();
        assertThat(Main.run(new String[] {"build", folder.toString()})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("no Compose file (compose.yaml")
                .contains("in " + folder)
                .contains("berth build --tag NAME " + folder);
    }

    @Test
    void aMissingFileIsWrongInputLikeAWrongFile(@TempDir Path folder) {
        String missing = folder.resolve("nofile.yaml").toString();
        assertThat(Main.run(new String[] {"up", "-f", missing})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains(missing).contains("a Compose file was expected");
    }

    @Test
    void theSynopsisHasEachCommandsOwnWords() {
        Map<String, String> words = Map.of(
                "up", "[DIR] [SERVICE...]",
                "build", "[DIR] [SERVICE...]",
                "logs", "[DIR] [SERVICE...]",
                "down", "[DIR]",
                "ps", "[DIR]",
                "scale", "[DIR] SERVICE=REPLICAS...",
                "run", "[DIR] SERVICE [PROGRAM [ARGUMENT...]]",
                "exec", "[DIR] SERVICE|TASK PROGRAM [ARGUMENT...]",
                "explain", "[DIR] NAME");
        words.forEach((command, synopsis) -> assertThat(help(command))
                .as(command)
                .contains(" " + synopsis + " ")
                .doesNotContain("WORD"));
    }

    private static String help(String command) {
        return Objects.requireNonNull(Main.commandLine().getSubcommands().get(command))
                .getUsageMessage()
                .replaceAll("\\s+", " ");
    }

    @Test
    void anOptionAfterTheFolderIsNoService(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  web:\n    image: debian\n");
        assertThat(Main.run(new String[] {"run", folder.toString(), "--no-deps", "web"}))
                .isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("--no-deps stands after the folder")
                .contains("berth run --no-deps " + folder);
    }

    @Test
    void anUnknownKeyIsRefusedWithItsPlaceAndTheRightSpelling(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  web:\n    imgae: debian\n");
        assertThat(Main.run(new String[] {"up", folder.toString()})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("compose.yaml:3:5")
                .contains("imgae")
                .contains("image");
    }

    @Test
    void everyFaultOfAFileHasThePrefix(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  web:\n    imgae: debian\n    prots: []\n");
        assertThat(Main.run(new String[] {"up", folder.toString()})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .hasSizeGreaterThan(1)
                .allMatch(line -> line.startsWith("berth: "));
    }

    @Test
    void anUnknownCommandIsNamedWithTheNearest() {
        assertThat(Main.run(new String[] {"sacle", "web=2"})).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .isEqualTo("berth: there is no command sacle: did you mean scale?; see berth --help\n");
    }

    @Test
    void aWishWithoutANumberIsRefused(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  web:\n    image: debian\n");
        assertThat(Main.run(new String[] {"scale", folder.toString(), "web=many"}))
                .isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("web=many is not SERVICE=REPLICAS");
    }

    @Test
    void theUnitLeavesContainersAlone() {
        Instance instance = new Instance(Path.of("/a b"), Path.of("/b%"));
        Map<String, String> environment =
                Map.of("JAVA_HOME", "/opt/jdk", "BERTH_DEBIAN_MIRROR", "here", "BERTH_LAUNCHER", "x", "SECRET", "y");
        assertThat(SystemdUnit.text(Path.of("/opt/my berth/berth"), instance, environment))
                .contains("KillMode=process")
                .contains("ExecStart=\"/opt/my berth/berth\" server\n")
                .contains("Environment=\"BERTH_ROOT=/a b\"\n")
                .contains("Environment=\"BERTH_RUN=/b%%\"\n")
                .contains("Environment=\"JAVA_HOME=/opt/jdk\"\n")
                .contains("Environment=\"BERTH_DEBIAN_MIRROR=here\"\n")
                .doesNotContain("LAUNCHER")
                .doesNotContain("SECRET");
    }
}
