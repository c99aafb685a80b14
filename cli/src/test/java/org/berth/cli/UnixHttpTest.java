package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers as servers frame them, from a real socket. */
class UnixHttpTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aBodyOfKnownLengthEndsThere() throws IOException {
        assertThat(body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more"))
                .isEqualTo("hello");
    }

    @Test
    void chunksAreJoined() throws IOException {
        assertThat(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\n\r\n"))
                .isEqualTo("hello, world");
    }

    @Test
    void aBodyWithoutAFrameEndsWithTheConnection() throws IOException {
        assertThat(body("HTTP/1.1 200 OK\r\n\r\nto the end")).isEqualTo("to the end");
    }

    @Test
    void aBodyCutShortIsAnError() {
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"))
                .isInstanceOf(IOException.class)
                .hasMessage("the daemon closed the connection");
    }

    @Test
    void aHeadWithoutEndIsAnError() {
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(1000) + "\r\n"))
                .hasMessageContaining("more than 100 headers");
    }

    private String body(String answer) throws IOException {
        Path socket = folder.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> answer(server, answer));
            try (UnixHttp connection = UnixHttp.connect(socket)) {
                UnixHttp.Response response = connection.exchange("GET", "/", new byte[0]);
                return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private static void answer(ServerSocketChannel server, String answer) {
        try (SocketChannel channel = server.accept()) {
            channel.read(ByteBuffer.allocate(4096));
            channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
