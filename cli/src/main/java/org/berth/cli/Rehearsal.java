package org.berth.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.berth.base.Instance;

/**
 * A daemon's socket that gives the same few answers: what a command does with them is then in the
 * ahead-of-time cache, without a daemon being started. It leaves nothing.
 */
final class Rehearsal implements AutoCloseable {
    private static final int REQUEST_BYTES_MAX = 8192;

    private final Path folder;
    private final Map<String, String> answers;
    private final ServerSocketChannel server;

    /** @param answers by path, of JSON; 404 for any other */
    Rehearsal(Map<String, String> answers) throws IOException {
        this.folder = Files.createTempDirectory("berth-warm-up-");
        this.answers = answers;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(instance().socket()));
        Thread.ofPlatform().daemon().name("rehearsal").start(this::serve);
    }

    Instance instance() {
        return new Instance(folder, folder);
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel connection = server.accept()) {
                    answer(Channels.newInputStream(connection), Channels.newOutputStream(connection));
                }
            }
        } catch (IOException e) {
            // closed: the rehearsal is over
        }
    }

    private void answer(InputStream input, OutputStream output) throws IOException {
        byte[] request = new byte[REQUEST_BYTES_MAX];
        int size = input.read(request);
        String[] words = new String(request, 0, Math.max(0, size), StandardCharsets.US_ASCII).split(" ", 3);
        String body = words.length < 3 ? "" : answers.getOrDefault(words[1], "");
        String head = "HTTP/1.1 " + (body.isEmpty() ? "404 Not Found" : "200 OK")
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
        output.write((head + body).getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(instance().socket());
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
