package org.berth.cli;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One HTTP/1.1 exchange (RFC 9112) on a unix socket. A client this small because a general one
 * costs a command hundreds of milliseconds to load.
 */
public final class UnixHttp implements Closeable {
    private static final int LINE_BYTES_MAX = 16 * 1024;
    private static final int HEADERS_MAX = 100;
    private static final int PIECE_BYTES = 256 * 1024;

    private final SocketChannel channel;
    private final InputStream input;
    private final OutputStream output;

    private UnixHttp(SocketChannel channel) {
        this.channel = channel;
        this.input = new BufferedInputStream(Channels.newInputStream(channel), 32 * 1024);
        this.output = Channels.newOutputStream(channel);
    }

    /** @throws IOException when nobody listens on the socket */
    public static UnixHttp connect(Path socket) throws IOException {
        return new UnixHttp(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /**
     * An answer; the body ends where its framing says, or with the connection.
     *
     * @param headers names in lower case
     */
    public record Response(int status, Map<String, String> headers, InputStream body) {}

    /** Sends a request with a JSON body (none when empty) and reads the answer's head. */
    public Response exchange(String method, String path, byte[] body) throws IOException {
        return exchange(method, path, body, "Connection: close\r\n");
    }

    /** Asks for the connection itself (101, or docker's 200 of old); then use the raw streams. */
    Response upgrade(String path, byte[] body) throws IOException {
        return exchange("POST", path, body, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    }

    /** The raw connection after an upgrade: what the other side sends. */
    InputStream rawInput() {
        return input;
    }

    /** The raw connection after an upgrade: what we send. */
    OutputStream rawOutput() {
        return output;
    }

    /** Says that no more will be sent, and goes on reading. */
    void endOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private Response exchange(String method, String path, byte[] body, String connection) throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: berth\r\n" + connection
                + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
        output.write(head.getBytes(StandardCharsets.US_ASCII));
        output.write(body);
        output.flush();
        return answer();
    }

    /** Posts a body of any length, in chunks, and reads the answer's head. */
    Response send(String path, InputStream body) throws IOException {
        output.write(("POST " + path + " HTTP/1.1\r\nHost: berth\r\nConnection: close\r\n"
                        + "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] piece = new byte[PIECE_BYTES];
        for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
            if (count > 0) {
                output.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                output.write(piece, 0, count);
                output.write('\r');
                output.write('\n');
            }
        }
        output.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        output.flush();
        return answer();
    }

    private Response answer() throws IOException {
        String[] status = line().split(" ", 3);
        if (status.length < 2) {
            throw new IOException("the daemon's answer is not HTTP");
        }
        Map<String, String> headers = headers();
        return new Response(Integer.parseInt(status[1]), headers, body(headers));
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < HEADERS_MAX; i++) {
            String line = line();
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new IOException("the daemon's answer has more than " + HEADERS_MAX + " headers");
    }

    private InputStream body(Map<String, String> headers) {
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            return new Chunked();
        }
        String length = headers.get("content-length");
        return length == null ? input : new Bounded(Long.parseLong(length));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < LINE_BYTES_MAX) {
            int c = input.read();
            if (c < 0) {
                throw new EOFException("the daemon closed the connection");
            }
            if (c == '\n') {
                return line.toString();
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        throw new IOException("a line of the daemon's answer is longer than " + LINE_BYTES_MAX + " bytes");
    }

    /** A body of a known length. */
    private final class Bounded extends InputStream {
        private long left;

        Bounded(long length) {
            left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = input.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the daemon closed the connection");
            }
            left -= count;
            return count;
        }
    }

    /** A body in chunks (RFC 9112, 7.1). */
    private final class Chunked extends InputStream {
        private long left;
        private boolean first = true;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && !ended) {
                next();
            }
            if (ended) {
                return -1;
            }
            int count = input.read(bytes, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the daemon closed the connection");
            }
            left -= count;
            return count;
        }

        private void next() throws IOException {
            if (!first) {
                line();
            }
            first = false;
            String size = line();
            int extension = size.indexOf(';');
            left = Long.parseLong((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
            ended = left == 0;
        }
    }
}
