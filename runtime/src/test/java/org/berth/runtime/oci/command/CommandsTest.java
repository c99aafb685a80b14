package org.berth.runtime.oci.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.berth.base.JsonTree;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.Validation;
import org.berth.runtime.oci.lifecycle.JsonText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Goal: what commands print and where they say what went wrong. They touch no container. */
class CommandsTest {
    @TempDir
    private Path folder;

    @Test
    void theSpecificationThatIsWrittenIsSound() throws IOException {
        assertThat(run("spec", "-b", folder.toString())).isZero();
        OciConfig config = OciConfig.parse(Files.readString(folder.resolve("config.json")));
        assertThat(Validation.check(config)).isEmpty();
        assertThat(run("spec", "-b", folder.toString())).isEqualTo(1); // it is there
        assertThat(Validation.check(OciConfig.parse(JsonText.compact(SpecCommand.document(true)))))
                .isEmpty();
    }

    @Test
    void featuresAreADocument() {
        JsonNode features = JsonTree.read(printed("features"));
        assertThat(features.path("ociVersionMin").stringValue()).isEqualTo("1.0.0");
        assertThat(features.path("linux").path("seccomp").path("enabled").booleanValue())
                .isTrue();
        assertThat(features.path("hooks")).hasSize(6);
    }

    @Test
    void errorsGoToTheLogInItsForm() throws IOException {
        Path log = folder.resolve("log");
        String root = folder.resolve("state").toString();
        assertThat(run("--root", root, "--log", log.toString(), "--log-format", "json", "state", "nosuch"))
                .isEqualTo(1);
        JsonNode line = JsonTree.read(Files.readString(log));
        assertThat(line.path("level").stringValue()).isEqualTo("error");
        assertThat(line.path("msg").stringValue()).isEqualTo("container \"nosuch\" does not exist");
        assertThat(line.path("time").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT.*");
        assertThat(run("--root", root, "--log", log.toString(), "start", "a/b")).isEqualTo(1);
        assertThat(Files.readString(log)).contains("level=error msg=\"invalid container ID format: \\\"a/b\\\"");
    }

    @Test
    void runcsExitCodes() {
        assertThat(run("nosuch")).isEqualTo(1);
        assertThat(run("--root", folder.toString(), "exec", "nosuch", "true")).isEqualTo(255);
        assertThat(run("--root", folder.toString(), "delete", "--force", "nosuch"))
                .isZero();
        assertThat(run("--root", folder.toString(), "list", "-q")).isZero();
    }

    @Test
    void signalsByNameAndNumber() {
        assertThat(List.of("9", "KILL", "SIGKILL", "sigkill")).allMatch(name -> Signals.number(name) == 9);
        assertThat(Signals.number("RTMIN+3")).isEqualTo(37);
        assertThatThrownBy(() -> Signals.number("NOSUCH")).hasMessage("unknown signal \"NOSUCH\"");
    }

    private static int run(String... words) {
        return OciMain.run(List.of(words), Map.of());
    }

    private static String printed(String... words) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            run(words);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
