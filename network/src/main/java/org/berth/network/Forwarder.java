package org.berth.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.berth.linux.netlink.NetworkNamespace;
import org.xbill.DNS.Rcode;

/**
 * Passes questions on to the host's resolvers, byte for byte but for the number, and their answers
 * back. Each question has a socket, and so a port, of its own, and a fresh number: an answer can't be
 * guessed by others (RFC 5452). Safe for concurrent use.
 */
final class Forwarder {
    /** Questions under way at once; one more is refused at once. */
    private static final int UNDER_WAY_MAX = 256;

    /** How long one resolver is waited for, in milliseconds; clients ask again after 5 s. */
    private static final int ANSWER_MILLISECONDS_MAX = 2000;

    /** How often a question is asked over UDP in all. */
    private static final int ATTEMPTS_MAX = 3;

    /** Codes of a resolver that can't or won't say: another one may. */
    private static final Set<Integer> UNWILLING = Set.of(Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED);

    private static final int MESSAGE_BYTES_MAX = 65_535;
    private static final int HEADER_BYTES = 12;

    private final NetworkNamespace host;
    private final Supplier<List<InetSocketAddress>> resolvers;
    private final RandomGenerator random;
    private final Semaphore underWay = new Semaphore(UNDER_WAY_MAX);

    Forwarder(NetworkNamespace host, Supplier<List<InetSocketAddress>> resolvers, RandomGenerator random) {
        this.host = host;
        this.resolvers = resolvers;
        this.random = random;
    }

    /**
     * The answer of the first resolver that gives one.
     *
     * @param query a DNS message
     * @param stream whether the client came by TCP: then the answer may be long
     */
    Optional<byte[]> forward(byte[] query, boolean stream) {
        if (query.length < HEADER_BYTES || !underWay.tryAcquire()) {
            return Optional.empty();
        }
        try {
            byte[] asked = query.clone();
            int number = random.nextInt(1 << 16);
            ByteBuffer.wrap(asked).putShort(0, (short) number);
            Optional<byte[]> answer = ask(asked, stream);
            answer.ifPresent(bytes -> System.arraycopy(query, 0, bytes, 0, 2));
            return answer;
        } finally {
            underWay.release();
        }
    }

    private Optional<byte[]> ask(byte[] query, boolean stream) {
        List<InetSocketAddress> servers = resolvers.get();
        Optional<byte[]> unwilling = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            InetSocketAddress server = servers.get(attempt % servers.size());
            try {
                byte[] answer = stream ? askByStream(query, server) : askByDatagram(query, server);
                if (!UNWILLING.contains(answer[3] & 0xf)) {
                    return Optional.of(answer);
                }
                unwilling = Optional.of(answer);
            } catch (IOException | UncheckedIOException e) {
                // the next one may answer
            }
        }
        return unwilling;
    }

    private byte[] askByDatagram(byte[] query, InetSocketAddress server) throws IOException {
        try (DatagramSocket socket = host.call(Forwarder::datagramSocket)) {
            socket.connect(server); // the kernel then takes answers of this server only
            socket.setSoTimeout(ANSWER_MILLISECONDS_MAX);
            socket.send(new DatagramPacket(query, query.length));
            byte[] buffer = new byte[MESSAGE_BYTES_MAX];
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.receive(packet);
            byte[] answer = Arrays.copyOf(buffer, packet.getLength());
            if (!answers(answer, query)) {
                throw new IOException("not the answer to this question");
            }
            return answer;
        }
    }

    private byte[] askByStream(byte[] query, InetSocketAddress server) throws IOException {
        try (Socket socket = host.call(Forwarder::streamSocket)) {
            socket.connect(server, ANSWER_MILLISECONDS_MAX);
            socket.setSoTimeout(ANSWER_MILLISECONDS_MAX);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(2 + query.length)
                            .putShort((short) query.length)
                            .put(query)
                            .array());
            DataInputStream input = new DataInputStream(socket.getInputStream());
            byte[] answer = input.readNBytes(input.readUnsignedShort());
            if (!answers(answer, query)) {
                throw new IOException("not the answer to this question");
            }
            return answer;
        }
    }

    private static boolean answers(byte[] answer, byte[] query) {
        return answer.length >= HEADER_BYTES
                && answer[0] == query[0]
                && answer[1] == query[1]
                && (answer[2] & 0x80) != 0;
    }

    private static DatagramSocket datagramSocket() {
        try {
            return new DatagramSocket();
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A socket that has its descriptor already: it belongs to the namespace it is opened in. */
    private static Socket streamSocket() {
        try {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            return socket;
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }
}
