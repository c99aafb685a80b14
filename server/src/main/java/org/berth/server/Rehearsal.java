package org.berth.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.base.Progress;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.image.ImageConfig;
import org.berth.image.Reference;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchEncoder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;

/**
 * A daemon in folders of its own that starts, enters and ends containers through its own socket, as clients do, so that
 * what they need is loaded and compiled. Their image is made here: two programs of a single system call each. They have
 * no network; but for control groups, nothing host-wide is made.
 */
final class Rehearsal implements AutoCloseable {
    private static final String IMAGE = "berth/rehearsal:latest";
    private static final String CREATE = "{\"Image\": \"" + IMAGE + "\", \"Cmd\": [\"/%s\"],"
            + " \"Labels\": {\"rehearsal\": \"yes\"}, \"HostConfig\": {\"NetworkMode\": \"none\"}}";
    private static final String EXEC = "{\"AttachStdout\": true, \"Cmd\": [\"/end\"]}";

    private final Path folder;
    private final BerthServer server;

    private Rehearsal(Path folder, BerthServer server) {
        this.folder = folder;
        this.server = server;
    }

    /**
     * Opens it.
     *
     * @param folder its own; what a killed daemon has left of it is taken down first
     */
    static Rehearsal open(Path folder, BerthServer.Parts parts) throws IOException {
        Rehearsal rehearsal = new Rehearsal(folder, BerthServer.start(instance(folder), parts));
        try {
            rehearsal.removeAll();
            rehearsal.makeImage();
            return rehearsal;
        } catch (IOException | RuntimeException e) {
            rehearsal.close();
            throw e;
        }
    }

    static Instance instance(Path folder) {
        return new Instance(folder.resolve("root"), folder.resolve("run"));
    }

    Engine engine() {
        return server.engine();
    }

    /** One container that ends by itself, and one that is entered and ended. */
    void round() throws IOException {
        String ends = create("end");
        exchange("POST", ends + "/start", "");
        exchange("POST", ends + "/wait", "");
        exchange("GET", ends + "/json", "");
        exchange("DELETE", ends + "?force=1&v=1", "");
        String waits = create("wait");
        exchange("POST", waits + "/start", "");
        String exec = id(exchange("POST", waits + "/exec", EXEC));
        exchange("POST", "/exec/" + exec + "/start", "{\"Detach\": false}");
        exchange("GET", "/exec/" + exec + "/json", "");
        exchange("DELETE", waits + "?force=1&v=1", "");
    }

    String create(String program) throws IOException {
        return "/containers/" + id(exchange("POST", "/containers/create", CREATE.formatted(program)));
    }

    String exchange(String method, String path, String body) throws IOException {
        return OwnRequest.exchange(instance(folder).socket(), method + " /v1.48" + path, body);
    }

    private static String id(String reply) throws IOException {
        String id = Json.MAPPER.readTree(reply).path("Id").asString("");
        if (id.isEmpty()) {
            throw new IOException("expected an id, got " + reply);
        }
        return id;
    }

    private void makeImage() throws IOException {
        Path layer = Files.createDirectories(folder.resolve("layer"));
        program(layer.resolve("end"), "end", Call.EXIT_GROUP, Operand.number(0));
        program(
                layer.resolve("wait"),
                "wait for a signal",
                Call.PPOLL,
                Operand.number(0),
                Operand.number(0),
                Operand.number(0),
                Operand.number(0));
        String id = engine().images().addLayer(layer, Progress.SILENT);
        ImageConfig config = new ImageConfig(
                "amd64", Instant.EPOCH, List.of(), List.of(), List.of(), "", "", Set.of(), Set.of(), Map.of(), "");
        engine().images().create(config, List.of(id), List.of("rehearsal"), Optional.of(Reference.parse(IMAGE)));
    }

    private static void program(Path file, String label, Call call, Operand... operands) throws IOException {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.call(label, call, operands);
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        Files.write(file, LaunchEncoder.encode(builder.build()));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void removeAll() {
        Containers containers = engine().containers();
        containers.list().forEach(container -> containers.remove(container.id(), true, true));
    }

    /** Leaves all of it behind, as a daemon that is killed does. */
    void abandon() {
        server.close();
    }

    /** Takes all of it down. */
    @Override
    public void close() {
        try {
            removeAll();
        } finally {
            server.close();
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + folder, e);
        }
    }
}
