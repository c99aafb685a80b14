package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.berth.base.Instance;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: a command that stays with a process hands it signals and ends as it does. Method: real commands. */
@KernelTest
class ForegroundKernelTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @Test
    void aRunEndsAsItsProgram(Instance instance) throws Exception {
        try (Bundle bundle = new Bundle(instance).arguments("sh", "-c", "echo said; exit 7")) {
            Process run = command(bundle, "run", "-b", bundle.folder.toString(), bundle.id);
            assertThat(end(run)).isEqualTo(7);
            assertThat(new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("said\n");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    @Test
    void signalsGoToTheProgram(Instance instance) throws Exception {
        String script = "trap 'exit 9' TERM; echo ready >/ready; while true; do sleep 0.1; done";
        try (Bundle bundle = new Bundle(instance).arguments("sh", "-c", script)) {
            Process run = command(bundle, "run", "-b", bundle.folder.toString(), bundle.id);
            Await.until("it is ready", DEADLINE, () -> Files.exists(bundle.folder.resolve("rootfs/ready")));
            assertThat(end(command(bundle, "exec", bundle.id, "sh", "-c", "exit 3")))
                    .isEqualTo(3);
            run.destroy(); // SIGTERM
            assertThat(end(run)).isEqualTo(9);
        }
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static Process command(Bundle bundle, String... words) throws IOException {
        Files.writeString(bundle.folder.resolve("config.json"), bundle.config.toString());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.berth.runtime.oci.command.OciMain",
                "--root",
                String.valueOf(bundle.state().path().getParent())));
        command.addAll(List.of(words));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
