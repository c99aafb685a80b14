package org.berth.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.berth.acceptance.BerthCommand.Outcome;
import org.berth.base.Instance;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: what {@code berth add} writes works as it is: built from Debian's packages with no registry, healthy, reached by the
 * service that it was written for and by no other, with its password, and its data outlives it. Method: the launcher as a
 * user runs it, and Redis' own protocol from inside the other service.
 */
@KernelTest
class AddServiceKernelTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Pattern NO_MIRROR = Pattern.compile(
            "could not be resolved|[Tt]emporary failure|[Uu]nreachable|[Cc]ould not connect|can't be reached");

    @Test
    void redisIsBuiltReachedAndKeepsItsData(Instance instance, @TempDir Path folder) throws Exception {
        Path project = Files.createDirectories(folder.resolve("asking"));
        Files.createDirectories(project.resolve("asker"));
        Files.writeString(project.resolve("asker/Dockerfile"), "FROM debian:bookworm\nCMD [\"sleep\", \"infinity\"]\n");
        Files.writeString(
                project.resolve("compose.yaml"), "services:\n  asker:\n    build: ./asker\n    stop_signal: SIGKILL\n");
        BerthCommand berth = new BerthCommand(instance, Map.of());
        String directory = project.toString();
        try {
            assertThat(berth.succeed("add", "redis", directory).output()).contains("connected with asker");
            Outcome up = berth.run("up", directory);
            Assumptions.assumeFalse(
                    up.code() != 0 && NO_MIRROR.matcher(up.errors()).find(),
                    "Debian's mirror is not in reach: the packages of redis can't be had");
            assertThat(up.code()).as(up.errors()).isZero();
            assertThat(ask(berth, "PING", false)).startsWith("-NOAUTH");
            assertThat(ask(berth, "SET bread bought", true)).isEqualTo("+OK");
            berth.succeed("down", directory);
            berth.succeed("up", directory);
            assertThat(ask(berth, "GET bread", true)).isEqualTo("bought");
        } finally {
            berth.run("down", "--volumes", directory);
            NoteboardTest.removeDefaultNetwork(instance);
            berth.run("system", "stop");
            Await.until(
                    "the daemon has ended",
                    PATIENCE,
                    () -> NoteboardTest.processes("/proc/%s/environ", "BERTH_RUN=" + instance.run())
                            .isEmpty());
        }
    }

    /** The last line of the answer to a command, with the password or without. */
    private static String ask(BerthCommand berth, String command, boolean known) {
        String script = "exec 3<>\"/dev/tcp/$REDIS_HOST/$REDIS_PORT\"; "
                + (known ? "printf 'AUTH %s\\r\\n' \"$(cat \"$REDIS_PASSWORD_FILE\")\" >&3; " : "")
                + "printf '" + command + "\\r\\nQUIT\\r\\n' >&3; cat <&3";
        String answer = berth.succeed("exec", "-p", "asking", "asker", "bash", "-c", script)
                .output()
                .replace("\r", "")
                .strip();
        String[] lines = answer.split("\n", -1);
        return lines.length > 1 ? lines[lines.length - 2] : answer;
    }
}
