package org.berth.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.berth.linux.netlink.NetworkNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * The DNS server of one network, on its gateway's address: UDP and TCP. Its own names it answers from
 * tables that are replaced whole, all others it passes on. It answers members of its network only:
 * what another network's services are called is not everybody's business.
 */
final class DnsServer implements AutoCloseable {
    static final int PORT = 53;

    /** Bytes of a question at the most; more is no question. */
    private static final int QUERY_BYTES_MAX = 4096;

    /** Questions passed on at once for this network, and TCP connections at once. */
    private static final int UNDER_WAY_MAX = 128;

    /** How long a TCP connection may be idle, in milliseconds (RFC 7766 asks for some seconds). */
    private static final int IDLE_MILLISECONDS_MAX = 10_000;

    /** Questions of one TCP connection at the most. */
    private static final int QUERIES_PER_CONNECTION_MAX = 10_000;

    /** A pause after a connection that could not be accepted. */
    private static final long PAUSE_NANOSECONDS = 20_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(DnsServer.class);

    private final Subnet subnet;
    private final Forwarder forwarder;
    private final DatagramChannel datagrams;
    private final ServerSocketChannel streams;
    private final AtomicInteger turn = new AtomicInteger();
    private final Semaphore underWay = new Semaphore(UNDER_WAY_MAX);
    private final Function<Inet4Address, List<NameTable>> tables;

    /**
     * Starts serving.
     *
     * @param tables what a client's questions are answered from, the best first
     * @param port 53, or 0 for a free one where another program has 53 on every address
     * @throws IOException when the address or port can't be had
     */
    DnsServer(
            NetworkNamespace host,
            Subnet subnet,
            Function<Inet4Address, List<NameTable>> tables,
            Forwarder forwarder,
            int port)
            throws IOException {
        this.subnet = subnet;
        this.tables = tables;
        this.forwarder = forwarder;
        this.datagrams = host.call(DnsServer::openDatagrams);
        this.streams = host.call(DnsServer::openStreams);
        try {
            datagrams.bind(new InetSocketAddress(subnet.gateway(), port));
            // after a restart answered connections of before may linger
            streams.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            streams.bind(new InetSocketAddress(subnet.gateway(), port()));
        } catch (IOException e) {
            close();
            throw e;
        }
        Thread.ofVirtual().name("dns " + subnet).start(this::serveDatagrams);
        Thread.ofVirtual().name("dns tcp " + subnet).start(this::serveStreams);
    }

    /** The port it serves on. */
    int port() {
        try {
            return ((InetSocketAddress) datagrams.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serveDatagrams() {
        ByteBuffer buffer = ByteBuffer.allocate(QUERY_BYTES_MAX);
        while (datagrams.isOpen()) {
            try {
                buffer.clear();
                InetSocketAddress client = (InetSocketAddress) datagrams.receive(buffer);
                byte[] query = Arrays.copyOf(buffer.array(), buffer.position());
                if (client.getAddress() instanceof Inet4Address address && subnet.contains(address)) {
                    answerDatagram(query, client, tables.apply(address));
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.debug("dns of {}: {}", subnet, e.toString()); // one client's trouble is not the others'
            }
        }
    }

    private void answerDatagram(byte[] query, InetSocketAddress client, List<NameTable> known) throws IOException {
        Message message = new Message(query);
        Optional<Message> own = Answers.answer(message, known, turn.getAndIncrement());
        if (own.isPresent()) {
            send(own.get().toWire(Answers.udpBytes(message)), client);
            return;
        }
        if (!mayAskOutside(known) || !underWay.tryAcquire()) {
            send(refused(message), client);
            return;
        }
        Thread.ofVirtual().name("dns forward").start(() -> {
            try {
                send(passOn(message, query, false), client);
            } catch (IOException | RuntimeException e) {
                LOG.debug("dns of {}: {}", subnet, e.toString());
            } finally {
                underWay.release();
            }
        });
    }

    /**
     * What is asked of the host's resolvers leaves the host: a client that has no way out could send
     * its data in names (CVE-2024-29018).
     */
    private static boolean mayAskOutside(List<NameTable> known) {
        return known.stream().anyMatch(table -> !table.internal());
    }

    private static byte[] refused(Message message) {
        return Answers.refuse(message, Rcode.SERVFAIL).toWire();
    }

    private byte[] passOn(Message message, byte[] query, boolean stream) {
        return forwarder.forward(query, stream).orElseGet(() -> refused(message));
    }

    private void send(byte[] answer, InetSocketAddress client) throws IOException {
        datagrams.send(ByteBuffer.wrap(answer), client);
    }

    private void serveStreams() {
        while (streams.isOpen()) {
            try {
                Socket client = streams.accept().socket();
                if (!(client.getInetAddress() instanceof Inet4Address address)
                        || !subnet.contains(address)
                        || !underWay.tryAcquire()) {
                    client.close();
                    continue;
                }
                Thread.ofVirtual().name("dns tcp client").start(() -> {
                    try (client) {
                        answerStream(client, address);
                    } catch (IOException | RuntimeException e) {
                        LOG.debug("dns of {}: {}", subnet, e.toString());
                    } finally {
                        underWay.release();
                    }
                });
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.debug("dns of {}: {}", subnet, e.toString());
                LockSupport.parkNanos(PAUSE_NANOSECONDS); // no descriptors left: not to be asked again at once
            }
        }
    }

    private void answerStream(Socket client, Inet4Address address) throws IOException {
        client.setSoTimeout(IDLE_MILLISECONDS_MAX);
        DataInputStream input = new DataInputStream(client.getInputStream());
        OutputStream output = client.getOutputStream();
        for (int count = 0; count < QUERIES_PER_CONNECTION_MAX; count++) {
            int length = input.readUnsignedShort();
            if (length > QUERY_BYTES_MAX) {
                return;
            }
            byte[] query = input.readNBytes(length);
            Message message = new Message(query);
            List<NameTable> known = tables.apply(address);
            byte[] answer = Answers.answer(message, known, turn.getAndIncrement())
                    .map(Message::toWire)
                    .orElseGet(() -> mayAskOutside(known) ? passOn(message, query, true) : refused(message));
            output.write(ByteBuffer.allocate(2 + answer.length)
                    .putShort((short) answer.length)
                    .put(answer)
                    .array());
        }
    }

    private static DatagramChannel openDatagrams() {
        try {
            return DatagramChannel.open(StandardProtocolFamily.INET);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocketChannel openStreams() {
        try {
            return ServerSocketChannel.open(StandardProtocolFamily.INET);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            datagrams.close();
            streams.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
