package org.berth.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.cli.UnixHttp;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Goal: the example application goes from its source folder to a served page, heals, outlives the
 * daemon, changes without a failed request, and leaves nothing. Method: the launcher and the command
 * as a user runs them, HTTP from outside, faults by kill -9.
 */
@KernelTest
class NoteboardTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int REQUESTS_FOR_ALL_REPLICAS = 60;

    @Test
    void fromSourceToAServedPageAndBack(Instance instance, @TempDir Path folder) throws Exception {
        Path application = copy(BerthCommand.home().resolve("examples/noteboard"), folder.resolve("noteboard"));
        BerthCommand berth = new BerthCommand(instance, Map.of("NOTEBOARD_PORT", String.valueOf(freePort())));
        String directory = application.toString();
        try {
            Page page = new Page(berth.succeed("up", directory).lastLine());
            isUsed(page);
            healsWhenAReplicaDies(berth, directory, page);
            outlivesTheDaemon(berth, directory, page);
            changesWithoutAFailedRequest(berth, directory, page, application);
            berth.succeed("scale", directory, "web=5");
            Await.until("five replicas answer", PATIENCE, () -> replicas(page).size() == 5);
            berth.succeed("down", "--volumes", directory);
            assertThat(berth.succeed("ps").output()).contains("no application is up");
        } finally {
            berth.run("down", "--volumes", directory);
            removeDefaultNetwork(instance);
            berth.run("system", "stop");
            Await.until(
                    "the daemon has ended",
                    PATIENCE,
                    () -> processes("/proc/%s/environ", "BERTH_RUN=" + instance.run())
                            .isEmpty());
        }
    }

    private static void isUsed(Page page) throws Exception {
        assertThat(page.post("/notes", "text=buy+bread")).isIn(200, 303);
        assertThat(page.get("/notes.json")).contains("buy bread");
        String first = page.get("/");
        assertThat(first).contains("buy bread").contains("1 views").contains("answered by replica");
        assertThat(page.attach("/attachments", "list.txt", "eggs")).isIn(200, 303);
        assertThat(page.get("/")).contains("list.txt").contains("views");
        assertThat(page.get("/attachments/list.txt")).isEqualTo("eggs");
        assertThat(page.get("/healthz")).contains("ok");
        assertThat(replicas(page)).hasSize(3);
    }

    private static void healsWhenAReplicaDies(BerthCommand berth, String directory, Page page) throws IOException {
        String victim = container(berth, directory, "noteboard-web-2");
        processes("/proc/%s/cgroup", victim).stream().limit(1).forEach(NoteboardTest::kill);
        Await.until("the dead replica is replaced", PATIENCE, () -> {
            JsonNode web = service(berth, directory, "web");
            return web.path("ready").asInt() == 3
                    && !container(berth, directory, "noteboard-web-2").equals(victim);
        });
        Await.until("three replicas answer", PATIENCE, () -> replicas(page).size() == 3);
    }

    private static void outlivesTheDaemon(BerthCommand berth, String directory, Page page) throws Exception {
        Set<String> before = containers(berth, directory);
        long daemon =
                berth.succeed("system", "info", "--json").json().path("pid").asLong();
        kill(daemon);
        Await.until(
                "the daemon is dead", PATIENCE, () -> ProcessHandle.of(daemon).isEmpty());
        assertThat(page.get("/healthz")).contains("ok");
        assertThat(containers(berth, directory)).isEqualTo(before);
        Await.until(
                "all are ready again",
                PATIENCE,
                () -> service(berth, directory, "web").path("ready").asInt() == 3);
        assertThat(page.get("/")).contains("list.txt");
    }

    private static void changesWithoutAFailedRequest(BerthCommand berth, String directory, Page page, Path application)
            throws Exception {
        String database = container(berth, directory, "noteboard-db-1");
        Path template = application.resolve("templates/page.html");
        Files.writeString(template, Files.readString(template).replace("<h1>Noteboard</h1>", "<h1>Noteboard 2</h1>"));
        AtomicBoolean ended = new AtomicBoolean();
        List<String> failures = new ArrayList<>();
        Thread load = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                try {
                    page.get("/notes.json");
                } catch (IOException | InterruptedException | AssertionError e) {
                    failures.add(e.toString());
                }
            }
        });
        berth.succeed("up", directory);
        ended.set(true);
        load.join();
        assertThat(failures).isEmpty();
        assertThat(page.get("/")).contains("Noteboard 2").contains("buy bread");
        assertThat(container(berth, directory, "noteboard-db-1"))
                .as("an unchanged service is left alone")
                .isEqualTo(database);
    }

    /** The network of builds and of {@code docker run} belongs to the daemon, as docker0 does: down leaves it. */
    static void removeDefaultNetwork(Instance instance) throws IOException {
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            assertThat(connection
                            .exchange("DELETE", "/v1.44/networks/bridge", new byte[0])
                            .status())
                    .isIn(204, 404);
        }
    }

    private static Set<String> replicas(Page page) {
        Set<String> replicas = new HashSet<>();
        for (int i = 0; i < REQUESTS_FOR_ALL_REPLICAS; i++) {
            page.replica().ifPresent(replicas::add);
        }
        return replicas;
    }

    private static JsonNode service(BerthCommand berth, String directory, String name) {
        for (JsonNode service : berth.succeed("ps", "--json", directory).json().path("services")) {
            if (name.equals(service.path("name").asString())) {
                return service;
            }
        }
        throw new AssertionError("no service " + name);
    }

    private static String container(BerthCommand berth, String directory, String task) {
        for (JsonNode service : berth.succeed("ps", "--json", directory).json().path("services")) {
            for (JsonNode row : service.path("tasks")) {
                if (task.equals(row.path("name").asString())) {
                    return row.path("container").asString("");
                }
            }
        }
        return "";
    }

    private static Set<String> containers(BerthCommand berth, String directory) {
        Set<String> containers = new TreeSet<>();
        berth.succeed("ps", "--json", directory)
                .json()
                .path("services")
                .forEach(service -> service.path("tasks")
                        .forEach(task -> containers.add(task.path("container").asString(""))));
        return containers;
    }

    /** Host ids of processes, lowest first, whose file in /proc has {@code text} in it. */
    static List<Long> processes(String file, String text) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> name.matches("[0-9]+"))
                    .filter(id -> contains(Path.of(String.format(file, id)), text))
                    .map(Long::valueOf)
                    .sorted()
                    .toList();
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file).contains(text);
        } catch (IOException e) {
            return false; // it has ended meanwhile
        }
    }

    private static void kill(long process) {
        ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        to.resolve(from.relativize(file).toString()),
                        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return to;
    }
}
