package org.berth.linux.dbus;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.dbus.Message.Field;
import org.berth.linux.dbus.Message.Kind;

/** A connection to a bus, or straight to a program that speaks as one. For one thread at a time. */
public final class Connection implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(25);
    private static final long PAUSE_NANOS = 1_000_000;
    private static final int LINE_BYTES_MAX = 1024;
    private static final int WAITING_MAX = 1024;
    private static final String BUS = "org.freedesktop.DBus";

    private final SocketChannel channel;
    private final Selector selector;
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final String peer;
    private int serial;

    private Connection(SocketChannel channel, Selector selector, String peer) {
        this.channel = channel;
        this.selector = selector;
        this.peer = peer;
    }

    /**
     * Connects and says who we are (SASL EXTERNAL).
     *
     * @param user this process's effective user id
     * @param bus whether others are behind it, so that we need a name: false for systemd's private socket
     * @throws BerthException UNAVAILABLE when nobody listens, or we are refused
     */
    public static Connection open(Path socket, long user, boolean bus) {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.configureBlocking(false);
                Selector selector = Selector.open();
                channel.register(selector, SelectionKey.OP_READ);
                Connection connection = new Connection(channel, selector, socket.toString());
                connection.authenticate(user);
                if (bus) {
                    connection.call(BUS, "/org/freedesktop/DBus", BUS, "Hello", List.of());
                }
                return connection;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "connect to D-Bus at " + socket + ": " + e.getMessage(), e);
        }
    }

    private void authenticate(long user) throws IOException {
        String id = HexFormat.of().formatHex(Long.toString(user).getBytes(StandardCharsets.US_ASCII));
        write(("\0AUTH EXTERNAL " + id + "\r\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder line = new StringBuilder();
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (line.indexOf("\r\n") < 0 && line.length() < LINE_BYTES_MAX) {
            line.append((char) read(1, end)[0]);
        }
        if (!line.toString().startsWith("OK ")) {
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    "D-Bus at " + peer + " refuses us: " + line.toString().strip());
        }
        write("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Calls a method and waits for what it returns.
     *
     * @throws BerthException FAILED with the error's name and text; TIMEOUT after 25 s; UNAVAILABLE when the
     *     connection ends
     */
    public List<Value> call(String destination, String path, String face, String member, List<Value> arguments) {
        int number = send(
                Kind.CALL,
                Map.of(
                        Field.DESTINATION, destination,
                        Field.PATH, path,
                        Field.INTERFACE, face,
                        Field.MEMBER, member),
                0,
                arguments);
        Message reply = await(member, message -> message.replyTo() == number && message.kind() != Kind.CALL, DEADLINE);
        if (reply.kind() == Kind.ERROR) {
            throw failure(member, reply);
        }
        return reply.values();
    }

    private static BerthException failure(String member, Message reply) {
        String text = reply.signature().startsWith("s") && reply.values().getFirst() instanceof Value.Text(String words)
                ? ": " + words
                : "";
        return new BerthException(
                ErrorCode.FAILED, member + ": " + reply.text(Field.ERROR_NAME).orElse("error") + text);
    }

    /** Sends a message. @return its serial */
    public int send(Kind kind, Map<Field, String> fields, long replyTo, List<Value> body) {
        Message message = Message.of(kind, ++serial, fields, replyTo, body);
        try {
            write(message.encode());
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "write to D-Bus at " + peer + ": " + e.getMessage(), e);
        }
        return message.serial();
    }

    /**
     * Waits for a message; others that come meanwhile wait for a later call, the oldest being dropped beyond 1024.
     *
     * @param what is waited for, for the error
     */
    public Message await(String what, Predicate<Message> wanted, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Optional<Message> kept = waiting.stream().filter(wanted).findFirst();
        if (kept.isPresent()) {
            waiting.remove(kept.get());
            return kept.get();
        }
        try {
            while (true) {
                Message message = next(end);
                if (wanted.test(message)) {
                    return message;
                }
                if (waiting.size() == WAITING_MAX) {
                    waiting.removeFirst();
                }
                waiting.add(message);
            }
        } catch (TimeoutException e) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    what + ": no answer on D-Bus at " + peer + " within " + time.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    what + ": the connection to D-Bus at " + peer + " ended: " + e.getMessage(),
                    e);
        }
    }

    private Message next(long end) throws IOException {
        byte[] fixed = read(Message.FIXED_BYTES, end);
        int length = Message.length(fixed);
        byte[] rest = read(length - fixed.length, end);
        byte[] all = java.util.Arrays.copyOf(fixed, length);
        System.arraycopy(rest, 0, all, fixed.length, rest.length);
        return Message.decode(all);
    }

    private byte[] read(int count, long end) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            int got = channel.read(buffer);
            if (got < 0) {
                throw new IOException("closed by the other side");
            }
            if (got == 0) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new TimeoutException();
                }
                selector.select(left);
                selector.selectedKeys().clear();
            }
        }
        return buffer.array();
    }

    private void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (buffer.hasRemaining()) {
            if (channel.write(buffer) == 0) { // hardly ever: our messages are short
                if (System.nanoTime() - end > 0) {
                    throw new IOException("the other side takes nothing");
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    @Override
    public void close() {
        try (selector;
                channel) {
            waiting.clear();
        } catch (IOException e) {
            // nothing of ours is lost with it
        }
    }

    /** The time is over. */
    private static final class TimeoutException extends IOException {}
}
