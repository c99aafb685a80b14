package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.berth.base.Instance;

/** A Berth daemon of the benchmark's own, with folders of its own, removed at the end. */
final class BerthNode implements AutoCloseable {
    private static final long LOOK_NANOS = 1_000_000_000;
    private static final long RESTING_TICKS = 3;

    static final String IMAGE = "debian:bookworm";

    private final Path folder;
    private final Instance instance;
    private final String launcher;
    private final Process process;

    private BerthNode(Path folder, Instance instance, String launcher, Process process) {
        this.folder = folder;
        this.instance = instance;
        this.launcher = launcher;
        this.process = process;
    }

    static BerthNode start(String launcher) throws IOException, InterruptedException {
        return start(launcher, Files.createTempDirectory("berth-bench-"));
    }

    /** One in this folder, which goes with it. */
    static BerthNode start(String launcher, Path folder) throws IOException {
        Instance instance = new Instance(folder.resolve("root"), Folders.inMemory("berth-bench-run-"));
        ProcessBuilder builder = new ProcessBuilder(launcher, "server")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("daemon.log").toFile());
        builder.environment().put("BERTH_ROOT", instance.root().toString());
        builder.environment().put("BERTH_RUN", instance.run().toString());
        BerthNode node = new BerthNode(folder, instance, launcher, builder.start());
        Waiting.until("berth answers", () -> node.api().request("GET", "/_ping").isMissingNode());
        return node;
    }

    EngineApi api() {
        return new EngineApi(instance.socket());
    }

    Instance instance() {
        return instance;
    }

    long pid() {
        return process.pid();
    }

    /** Makes the Debian image, from the archive or from a registry. */
    void image() throws IOException {
        api().work("/images/create?fromImage=debian&tag=bookworm");
    }

    /** Waits until the daemon rests: a young one rehearses starts once nobody asks it for anything. */
    void settle() throws IOException {
        long[] before = {-1};
        Waiting.until("the daemon rests", () -> {
            long used = Memory.processorTicks(process.pid());
            boolean rests = used - before[0] <= RESTING_TICKS && before[0] >= 0;
            before[0] = used;
            LockSupport.parkNanos(LOOK_NANOS);
            return rests;
        });
    }

    /** The unpacked root of the image: what the peers run too. */
    Path root() throws IOException {
        try (Stream<Path> layers = Files.list(instance.root().resolve("layers"))) {
            return layers.filter(layer -> Files.exists(layer.resolve("bin/true")))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no unpacked layer below " + instance.root()));
        }
    }

    /** Runs a command of ours to its end. */
    void command(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of(launcher));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("BERTH_ROOT", instance.root().toString());
        builder.environment().put("BERTH_RUN", instance.run().toString());
        int code = builder.start().waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        try {
            for (var container : api().request("GET", "/containers/json?all=1")) {
                api().remove(container.path("Id").asString());
            }
            for (var network : api().request("GET", "/networks")) {
                api().request("DELETE", "/networks/" + network.path("Id").asString());
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
        Folders.remove(folder);
        Folders.remove(instance.run());
    }
}
