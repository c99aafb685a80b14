package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.Instance;
import org.berth.control.Controller;
import org.berth.control.Store;
import org.berth.control.Timing;
import org.berth.engine.ContainerState;
import org.berth.engine.LocalEngine;
import org.berth.image.Image;
import org.berth.server.fixture.Docker;
import org.berth.server.fixture.Docker.Ended;
import org.berth.server.fixture.HostImage;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** {@code docker build} by the unmodified command: the classic builder's messages, and what buildx is told. */
@KernelTest
@Timeout(300)
@EnabledIf(value = "dockerIsThere", disabledReason = "no docker command on PATH: install docker-cli to run this")
class BuildCommandKernelTest {
    @TempDir
    private Path folder;

    private BerthServer server;
    private Docker docker;

    static boolean dockerIsThere() {
        return Docker.isThere();
    }

    @BeforeEach
    void start(Instance instance) throws Exception {
        server = BerthServer.start(
                instance,
                new BerthServer.Parts(
                        own -> LocalEngine.open(own, System.getenv()),
                        (own, node) -> Controller.of(
                                Store.open(
                                        own.root().resolve("control.db"),
                                        own.run().resolve("native")),
                                node,
                                Clock.systemUTC(),
                                Timing.DEFAULT)));
        HostImage.store(server.engine().images());
        docker = new Docker(instance);
    }

    @AfterEach
    void end() {
        for (ContainerState state : server.engine().containers().list()) {
            server.engine().containers().remove(state.id(), true, true);
        }
        server.engine()
                .networks()
                .list()
                .forEach(network -> server.engine().networks().remove(network.id()));
        server.close();
    }

    private Ended build(String buildKit, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "DOCKER_BUILDKIT=" + buildKit, "docker"));
        command.addAll(List.of(arguments));
        return Docker.end(docker.begin(command.toArray(String[]::new)), "");
    }

    private Ended classic(String... arguments) throws Exception {
        Ended ended = build("0", arguments);
        assertThat(ended.code()).as(ended.error() + ended.output()).isZero();
        return ended;
    }

    @Test
    void theClassicClientBuildsWithItsOptions() throws Exception {
        Files.writeString(folder.resolve("text"), "of the folder\n");
        Files.writeString(folder.resolve("hidden"), "not sent\n");
        Files.writeString(folder.resolve(".dockerignore"), "hidden\n");
        Files.writeString(folder.resolve("Other"), """
                FROM host:tiny AS first
                ARG WHO=nobody
                RUN echo "printed for $WHO" && echo "$WHO" > /who
                COPY . /given/
                FROM first
                RUN exit 3
                """);
        String where = folder.toString();
        Ended ended = classic(
                "build",
                "-t",
                "made:1",
                "-t",
                "made:2",
                "-f",
                where + "/Other",
                "--target",
                "first",
                "--build-arg",
                "WHO=you",
                "--label",
                "a=b",
                where);
        assertThat(ended.output())
                .contains("RUN echo \"printed for $WHO\"", "printed for you")
                .contains("Successfully tagged made:1", "Successfully tagged made:2")
                .doesNotContain("Using cache", ": done");
        Image image = server.engine().images().find("made:2").orElseThrow();
        assertThat(ended.output()).contains("Successfully built " + image.id().substring(7, 19));
        assertThat(image.config().labels()).containsEntry("a", "b");
        assertThat(docker.run("run", "--rm", "made:1", "cat", "/who", "/given/text")
                        .output())
                .isEqualTo("you\nof the folder\n");
        assertThat(docker.run("run", "--rm", "made:1", "cat", "/given/hidden").code())
                .isNotZero();

        String again = classic("build", "-f", where + "/Other", "--target", "first", "--build-arg", "WHO=you", where)
                .output();
        assertThat(again.lines().filter(line -> line.equals(" ---> Using cache")))
                .hasSize(2);
        String warned = classic(
                        "build",
                        "--cache-from",
                        "127.0.0.1:1/no/such",
                        "-f",
                        where + "/Other",
                        "--target",
                        "first",
                        where)
                .output();
        assertThat(warned).contains("[Warning] built without the cache 127.0.0.1:1/no/such");
        Ended quiet = classic("build", "-q", "-f", where + "/Other", "--target", "first", where);
        assertThat(quiet.output()).matches("sha256:[0-9a-f]{64}\n");
    }

    @Test
    void whatFailsIsToldAndEndsTheCommandWithItsCode() throws Exception {
        Files.writeString(folder.resolve("Dockerfile"), "FROM host:tiny\nRUN echo before && exit 7\n");
        Ended ended = build("0", "build", folder.toString());
        assertThat(ended.code()).isNotZero();
        assertThat(ended.error()).contains("Dockerfile:2", "exit code 7", "before");
        Files.writeString(folder.resolve("Dockerfile"), "FROM host:tiny\nFLY\n");
        assertThat(build("0", "build", folder.toString()).error()).contains("Dockerfile:2");
    }

    @Test
    void buildxIsToldWhatToDo() throws Exception {
        Assumptions.assumeTrue(
                docker.run("buildx", "version").code() == 0,
                "docker has no buildx here: install docker-buildx to run this");
        Files.writeString(folder.resolve("Dockerfile"), "FROM host:tiny\n");
        Ended ended = build("1", "build", folder.toString());
        assertThat(ended.code()).isNotZero();
        assertThat(ended.error()).contains("DOCKER_BUILDKIT=0");
    }

    /** What buildx asks for, in so many words, where there is none to ask. */
    @Test
    void buildKitsInterfaceIsRefusedByItsName() throws Exception {
        for (String path : List.of("/session", "/grpc", "/build?version=2")) {
            Ended ended = Docker.end(
                    docker.begin(
                            "curl",
                            "-s",
                            "--unix-socket",
                            docker.instance().socket().toString(),
                            "-X",
                            "POST",
                            "http://localhost" + path),
                    "");
            assertThat(ended.output()).as(path).contains("DOCKER_BUILDKIT=0");
        }
    }
}
