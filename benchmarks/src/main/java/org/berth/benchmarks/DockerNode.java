package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A dockerd of the benchmark's own: folders of its own, and a network namespace of its own, or no networks, so that its
 * packet filter rules touch nobody else's.
 */
final class DockerNode implements AutoCloseable {
    static final String IMAGE = "bench:latest";

    private final Path folder;
    private final Path run;
    private final Process process;

    private DockerNode(Path folder, Path run, Process process) {
        this.folder = folder;
        this.run = run;
        this.process = process;
    }

    static DockerNode start(Path dockerd, Path root) throws IOException, InterruptedException {
        DockerNode node = start(
                Files.createTempDirectory("berth-bench-docker-"), List.of("unshare", "--net", dockerd.toString()));
        node.load(root);
        return node;
    }

    /**
     * One with no image, that reaches registries on loopback; it has no networks, and changes none.
     *
     * @param folder goes with it
     */
    static DockerNode onLoopback(Path dockerd, Path folder) throws IOException {
        return start(
                folder,
                List.of(
                        "unshare",
                        "--mount",
                        "--propagation=private", // its mounts go with it
                        dockerd.toString(),
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false",
                        "--ip-masq=false"));
    }

    private static DockerNode start(Path folder, List<String> words) throws IOException {
        Path run = Folders.inMemory("berth-bench-docker-run-"); // where a machine has /run
        List<String> command = new ArrayList<>(words);
        command.addAll(List.of(
                "--host=unix://" + folder.resolve("docker.sock"),
                "--data-root=" + folder.resolve("data"),
                "--exec-root=" + run,
                "--pidfile=" + folder.resolve("pid")));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        DockerNode node = new DockerNode(folder, run, process);
        Waiting.until("dockerd answers", () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("dockerd ended; its log is " + folder.resolve("log"));
            }
            return node.api().request("GET", "/_ping").isMissingNode();
        });
        return node;
    }

    EngineApi api() {
        return new EngineApi(socket());
    }

    Path socket() {
        return folder.resolve("docker.sock");
    }

    private void load(Path root) throws IOException, InterruptedException {
        Path archive = folder.resolve("root.tar");
        run("tar", "--create", "--directory=" + root, "--file=" + archive, ".");
        run("docker", "--host=unix://" + socket(), "import", archive.toString(), IMAGE);
        Files.delete(archive);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        Folders.remove(folder);
        Folders.remove(run);
    }
}
