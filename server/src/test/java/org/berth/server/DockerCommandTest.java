package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.berth.server.fixture.Docker;
import org.berth.server.fixture.Docker.Ended;
import org.berth.server.fixture.TestDaemon;
import org.berth.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/** The unmodified docker command against the daemon's socket, on an engine in memory. */
@Timeout(120)
@EnabledIf(value = "dockerIsThere", disabledReason = "no docker command on PATH: install docker-cli to run this")
class DockerCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TestDaemon daemon;

    static boolean dockerIsThere() {
        return Docker.isThere();
    }

    @BeforeEach
    void start() throws Exception {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private Ended docker(String... arguments) throws Exception {
        return new Docker(daemon.instance()).run(arguments);
    }

    private Ended dockerWith(String input, String... arguments) throws Exception {
        return new Docker(daemon.instance()).runWith(input, arguments);
    }

    private Process begin(String... command) throws Exception {
        return new Docker(daemon.instance()).begin(command);
    }

    private Ended onTerminal(String line) throws Exception {
        return new Docker(daemon.instance()).onTerminal(line);
    }

    @Test
    void runPrintsAndEndsAsItsProgramDoes() throws Exception {
        assertThat(docker("run", "--rm", "debian:bookworm", "echo", "hi")).isEqualTo(new Ended(0, "hi\n", ""));
        assertThat(docker("run", "--rm", "debian:bookworm", "exit", "7")).isEqualTo(new Ended(7, "", ""));
        assertThat(docker("run", "--rm", "debian:bookworm", "warn", "no").error())
                .isEqualTo("no\n");
        assertThat(docker("ps", "-aq").output()).isEmpty();
        String long64k = "0123456789abcdef\n".repeat(20_000);
        assertThat(dockerWith(long64k, "run", "--rm", "-i", "debian:bookworm", "cat"))
                .isEqualTo(new Ended(0, long64k, ""));
    }

    @Test
    void aContainerLivesThroughItsCommands() throws Exception {
        Ended run = docker("run", "-d", "--name", "web", "--label", "a=b", "debian:bookworm", "sleep", "1000");
        assertThat(run.code()).as(run.error()).isZero();
        assertThat(docker("ps", "--filter", "label=a=b", "--format", "{{.Names}} {{.Image}} {{.State}}")
                        .output())
                .isEqualTo("web debian:bookworm running\n");
        assertThat(docker("inspect", "-f", "{{.Id}} {{.State.Running}} {{.Path}}", "web")
                        .output())
                .isEqualTo(run.output().trim() + " true sleep\n");
        assertThat(docker("exec", "web", "echo", "inside").output()).isEqualTo("inside\n");
        assertThat(docker("exec", "web", "exit", "3").code()).isEqualTo(3);
        assertThat(dockerWith("abc", "exec", "-i", "web", "cat").output()).isEqualTo("abc");
        Process wait = begin("docker", "wait", "web");
        assertThat(docker("kill", "-s", "TERM", "web").code()).isZero();
        assertThat(Docker.end(wait, "").output()).isEqualTo("143\n");
        assertThat(docker("rm", "-f", "web").output()).isEqualTo("web\n");
        assertThat(docker("inspect", "web").code()).isEqualTo(1);
        String soon = String.valueOf(Instant.now().plusSeconds(2).getEpochSecond());
        assertThat(docker("events", "--since", "1h", "--until", soon, "--format", "{{.Action}}")
                        .output())
                .isEqualTo("create\nstart\ndie\ndestroy\n");
    }

    @Test
    void logsAreFollowedToTheEnd() throws Exception {
        assertThat(docker("run", "--name", "say", "debian:bookworm", "echo", "word")
                        .code())
                .isZero();
        assertThat(docker("logs", "-t", "say").output()).isEqualTo("2026-01-31T12:00:00.000000000Z word\n");
        assertThat(docker("run", "-d", "--name", "long", "debian:bookworm", "sleep", "1000")
                        .code())
                .isZero();
        Process follow = begin("docker", "logs", "-f", "long");
        assertThat(docker("stop", "long").code()).isZero();
        assertThat(Docker.end(follow, "").code()).isZero();
    }

    @Test
    void terminalsAreTakenAndGivenBack() throws Exception {
        assertThat(Docker.onPath("script")).isTrue();
        assertThat(onTerminal("docker run --rm -it debian:bookworm echo terminal")
                        .output())
                .contains("terminal");
        assertThat(docker("run", "-d", "--name", "web", "debian:bookworm", "sleep", "9")
                        .code())
                .isZero();
        assertThat(onTerminal("docker exec -it web echo there").output()).contains("there");
    }

    @Test
    void aClientThatIsKilledLeavesTheContainerRunning() throws Exception {
        Process attached = begin("docker", "run", "--name", "web", "debian:bookworm", "sleep", "1000");
        Await.until("it runs", PATIENCE, () -> docker("ps", "-q").output().length() > 1);
        attached.destroyForcibly().waitFor();
        assertThat(docker("inspect", "-f", "{{.State.Status}}", "web").output()).isEqualTo("running\n");
        assertThat(docker("rm", "-f", "web").code()).isZero();
    }

    @Test
    void pullsShowProgressAndErrorsKeepTheirWords() throws Exception {
        assertThat(docker("pull", "debian:bookworm").output())
                .contains("aaaabbbbcccc: Pull complete")
                .contains("Status: Image is up to date for debian:bookworm");
        assertThat(docker("pull", "nowhere").error()).contains("Error response from daemon: no image nowhere:latest");
        Ended broken = docker("pull", "broken");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.error()).contains("the registry went away");
        assertThat(docker("images", "--format", "{{.Repository}}:{{.Tag}}").output())
                .isEqualTo("debian:bookworm\n");
        assertThat(docker("run", "--cgroup-parent", "/elsewhere", "debian:bookworm", "true")
                        .error())
                .contains("HostConfig.CgroupParent (\"/elsewhere\") is not implemented by Berth");
    }

    @Test
    void theDaemonIntroducesItself() throws Exception {
        assertThat(docker("version", "--format", "{{.Server.Platform.Name}} {{.Server.APIVersion}}")
                        .output())
                .isEqualTo("Berth 1.48\n");
        assertThat(docker("info", "--format", "{{.OSType}} {{.Images}}").output())
                .isEqualTo("linux 1\n");
        assertThat(docker("stats", "--no-stream", "--all").code()).isZero();
        assertThat(docker("volume", "create", "data").output()).isEqualTo("data\n");
        assertThat(docker("volume", "ls", "-q").output()).isEqualTo("data\n");
    }
}
