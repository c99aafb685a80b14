package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.control.Controller;
import org.berth.control.Store;
import org.berth.control.Timing;
import org.berth.engine.ContainerState;
import org.berth.engine.LocalEngine;
import org.berth.server.fixture.Docker;
import org.berth.server.fixture.HostImage;
import org.berth.server.fixture.RawClient;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The whole daemon on the real kernel, with an image of this machine's own programs. */
@KernelTest
@Timeout(300)
class DaemonKernelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static boolean dockerIsThere() {
        return Docker.isThere();
    }

    private static BerthServer start(Instance instance) throws Exception {
        BerthServer server = BerthServer.start(
                instance,
                new BerthServer.Parts(
                        folder -> LocalEngine.open(folder, System.getenv()),
                        (folder, node) -> Controller.of(
                                Store.open(
                                        folder.root().resolve("control.db"),
                                        folder.run().resolve("native")),
                                node,
                                Clock.systemUTC(),
                                Timing.DEFAULT)));
        HostImage.store(server.engine().images());
        return server;
    }

    /** Ends all that runs, then the daemon. */
    private static void end(BerthServer server) {
        for (ContainerState state : server.engine().containers().list()) {
            server.engine().containers().remove(state.id(), true, true);
        }
        server.engine()
                .networks()
                .list()
                .forEach(network -> server.engine().networks().remove(network.id()));
        server.close();
    }

    @Test
    @EnabledIf(value = "dockerIsThere", disabledReason = "no docker command on PATH: install docker-cli to run this")
    void dockerRunsExecutesFollowsAndRemoves(Instance instance) throws Exception {
        BerthServer server = start(instance);
        try {
            Docker docker = new Docker(instance);
            assertThat(docker.run("run", "--rm", HostImage.NAME, "echo", "hi"))
                    .isEqualTo(new Docker.Ended(0, "hi\n", ""));
            assertThat(docker.run("run", "--rm", HostImage.NAME, "sh", "-c", "exit 7")
                            .code())
                    .isEqualTo(7);
            assertThat(docker.run("run", "--rm", HostImage.NAME, "nowhere").code())
                    .isEqualTo(127);
            String text = "0123456789abcdef\n".repeat(20_000);
            assertThat(docker.runWith(text, "run", "--rm", "-i", HostImage.NAME, "cat")
                            .output())
                    .isEqualTo(text);
            assertThat(docker.onTerminal("docker run --rm -it " + HostImage.NAME + " tty")
                            .output())
                    .contains("/dev/pts/0");
            assertThat(docker.run("run", "-d", "--name", "web", HostImage.NAME, "sh", "-c", "echo up; exec sleep 1000")
                            .code())
                    .isZero();
            assertThat(docker.run("exec", "web", "sh", "-c", "echo in; exit 3"))
                    .isEqualTo(new Docker.Ended(3, "in\n", ""));
            assertThat(docker.onTerminal("docker exec -it web tty").output()).contains("/dev/pts/");
            Process follow = docker.begin("docker", "logs", "-f", "web");
            Process wait = docker.begin("docker", "wait", "web");
            assertThat(docker.run("stop", "-t", "0", "web").code()).isZero();
            assertThat(Docker.end(follow, "").output()).isEqualTo("up\n");
            assertThat(Docker.end(wait, "").output()).isEqualTo("137\n");
            assertThat(docker.run("rm", "-f", "web").output()).isEqualTo("web\n");
            assertThat(docker.run("ps", "-aq").output()).isEmpty();
        } finally {
            end(server);
        }
    }

    @Test
    void aProjectComesUpIsScaledOutlivesTheDaemonAndGoesDown(Instance instance, @TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("compose.yaml"), """
                name: shop
                services:
                  web:
                    image: %1$s
                    command: ["sh", "-c", "echo serving; exec sleep 1000"]
                    stop_grace_period: 0s
                    restart: always
                    depends_on: {db: {condition: service_healthy}}
                  db:
                    image: %1$s
                    command: ["sh", "-c", "touch /data/ready; exec sleep 1000"]
                    stop_grace_period: 0s
                    volumes: ["data:/data"]
                    healthcheck: {test: ["CMD", "test", "-f", "/data/ready"], interval: 1s}
                volumes: {data: {}}
                """.formatted(HostImage.NAME));
        var project = ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
        BerthServer server = start(instance);
        try {
            String up = request(
                    instance,
                    "PUT",
                    "/projects/shop",
                    "{\"project\": " + Json.MAPPER.writeValueAsString(project) + "}");
            assertThat(up).contains("\"type\":\"result\",\"project\":\"shop\"");
            assertThat(request(instance, "POST", "/projects/shop/scale", "{\"services\": {\"web\": 2}}"))
                    .contains("\"service\":\"web\",\"state\":\"ready\",\"ready\":2,\"wanted\":2");
            String before = running(server);
            server.close();
            server = start(instance);
            assertThat(running(server)).as("containers of the former daemon").isEqualTo(before);
            BerthServer again = server;
            server.engine().containers().kill("shop-web-2", 9);
            Await.until(
                    "it is replaced",
                    PATIENCE,
                    () -> runs(again, "shop-web-2")
                            && again.engine()
                                    .containers()
                                    .find("shop-web-2-previous")
                                    .isPresent());
            assertThat(request(instance, "GET", "/projects/shop/logs?service=web&tail=5", ""))
                    .contains("\"task\":\"shop-web-1\",\"stream\":\"stdout\"")
                    .contains("\"task\":\"shop-web-2-previous\",\"stream\":\"stdout\"")
                    .contains("\"text\":\"serving\"");
            assertThat(request(instance, "GET", "/explain/shop-db-1", "")).contains("\"sections\":[");
            assertThat(request(instance, "DELETE", "/projects/shop", ""))
                    .contains("{\"type\":\"result\",\"project\":\"shop\"}");
            assertThat(request(instance, "DELETE", "/projects/shop?volumes=1", ""))
                    .as("the volumes are found by their label")
                    .contains("{\"type\":\"result\",\"project\":\"shop\",\"volumes\":[\"shop_data\"]}");
            assertThat(server.engine().containers().list()).isEmpty();
            assertThat(server.engine().volumes().list()).isEmpty();
        } finally {
            end(server);
        }
    }

    private static String running(BerthServer server) {
        return server.engine().containers().list().stream()
                .map(state -> state.name() + " " + state.pid())
                .sorted()
                .toList()
                .toString();
    }

    private static boolean runs(BerthServer server, String name) {
        return server.engine()
                .containers()
                .find(name)
                .filter(state -> state.status() == ContainerState.Status.RUNNING)
                .isPresent();
    }

    private static String request(Instance instance, String method, String path, String body) throws Exception {
        try (RawClient client = RawClient.connect(instance.socket())) {
            return client.request(
                            body,
                            method + " /berth/v1" + path + " HTTP/1.1",
                            "Host: berth",
                            "Connection: close",
                            "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length)
                    .readAll();
        }
    }
}
