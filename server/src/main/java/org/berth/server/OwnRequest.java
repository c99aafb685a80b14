package org.berth.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A request of the daemon to a socket of its own. */
final class OwnRequest {
    private static final int REPLY_BYTES_MAX = 64 * 1024;
    private static final String END_OF_HEAD = "\r\n\r\n";

    private OwnRequest() {}

    /**
     * Sends it and reads the reply to its end.
     *
     * @param request "GET /_ping"
     * @param body JSON, or ""
     *
     * @return the reply's body, at most its first 64 KiB
     */
    static String exchange(Path socket, String request, String body) throws IOException {
        String text = request + " HTTP/1.1\r\nHost: berth\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + END_OF_HEAD + body;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream output = Channels.newOutputStream(channel);
            output.write(text.getBytes(StandardCharsets.US_ASCII));
            return body(read(channel));
        }
    }

    private static String read(SocketChannel channel) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(REPLY_BYTES_MAX);
        while (reply.size() < REPLY_BYTES_MAX && channel.read(piece.clear()) >= 0) {
            reply.write(piece.array(), 0, piece.position());
        }
        return reply.toString(StandardCharsets.UTF_8);
    }

    private static String body(String reply) {
        int head = reply.indexOf(END_OF_HEAD);
        return head < 0 ? "" : reply.substring(head + END_OF_HEAD.length());
    }
}
