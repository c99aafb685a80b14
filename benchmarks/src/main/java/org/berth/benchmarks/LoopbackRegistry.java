package org.berth.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on loopback with a folder of its own. It keeps nothing in memory of what it has. */
final class LoopbackRegistry implements AutoCloseable {
    private static final String SETTINGS = """
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: %s
            """;

    private final Path folder;
    private final String address;
    private final Process process;

    private LoopbackRegistry(Path folder, String address, Process process) {
        this.folder = folder;
        this.address = address;
        this.process = process;
    }

    /** @param folder goes with it */
    static LoopbackRegistry start(Path program, Path folder) throws IOException {
        int port = freePort();
        String address = "127.0.0.1:" + port;
        Path settings = folder.resolve("settings.yml");
        Files.writeString(settings, SETTINGS.formatted(folder, address));
        Process process = new ProcessBuilder(program.toString(), "serve", settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        LoopbackRegistry registry = new LoopbackRegistry(folder, address, process);
        Waiting.until("docker-registry answers", () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return true;
            }
        });
        return registry;
    }

    /** An image's name here. */
    String image(String repository) {
        return address + "/" + repository + ":1";
    }

    /** Forgets everything it was sent. */
    void forget() throws IOException {
        Path content = folder.resolve("docker");
        if (Files.exists(content)) {
            Folders.remove(content);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        Folders.remove(folder);
    }
}
