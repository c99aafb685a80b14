package org.berth.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.Instance;

/**
 * A daemon in folders of its own that answers a few requests and ends, so that an ahead-of-time cache
 * (JEP 483) has the classes that a start and the first commands need. It makes nothing host-wide.
 */
final class WarmUp {
    private static final List<String> REQUESTS = List.of(
            "HEAD /_ping",
            "GET /_ping",
            "GET /v1.48/version",
            "GET /v1.48/info",
            "GET /v1.48/containers/json?all=1&filters=%7B%22status%22%3A%5B%22running%22%5D%7D",
            "GET /v1.48/images/json",
            "GET /v1.48/networks",
            "GET /v1.48/volumes",
            "GET /v1.48/containers/none/json",
            "GET /v1.48/events?since=1&until=2",
            "GET /berth/v1/projects",
            "GET /berth/v1/projects/none",
            "GET /berth/v1/system");

    private static final int ROUNDS = 3;

    private WarmUp() {}

    static void run(BerthServer.Parts parts) throws IOException {
        Path folder = Files.createTempDirectory("berth-warm-");
        Instance instance = new Instance(folder.resolve("root"), folder.resolve("run"));
        try (BerthServer server = BerthServer.start(instance, parts)) {
            for (String request : REQUESTS) {
                OwnRequest.exchange(instance.socket(), request, "");
            }
            OwnRequest.exchange(instance.socket(), "POST /v1.48/containers/create?name=none", "{\"Image\": \"none\"}");
            OwnRequest.exchange(instance.socket(), "PUT /berth/v1/projects/none", "{}");
            server.engine().containers();
            rehearse(folder.resolve("rehearsal"), Main.partsBeside(instance));
        } finally {
            delete(folder);
        }
    }

    /** Where a container can't be started, as without root's rights, the cache has less. */
    private static void rehearse(Path folder, BerthServer.Parts parts) {
        try (Rehearsal rehearsal = Rehearsal.open(folder, parts)) {
            for (int i = 0; i < ROUNDS; i++) {
                rehearsal.round();
            }
        } catch (IOException | RuntimeException e) {
            System.err.println("starts are not rehearsed: " + e.getMessage());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
