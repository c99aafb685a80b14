package org.berth.linux.netlink;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;

/**
 * The kernel's table of connections (linux/netfilter/nfnetlink_conntrack.h) of one network namespace,
 * as far as IPv4 with ports goes. Rules decide about a connection's first packet only; where a
 * datagram "connection" must be decided about again, its entry has to go.
 */
public final class ConnectionTracking implements AutoCloseable {
    /** The number of UDP (RFC 768) in {@link Flow#protocol}. */
    public static final int UDP = 17;

    private static final int NEW = 0x100;
    private static final int GET = 0x101;
    private static final int DELETE = 0x102;
    private static final int HEADER_BYTES = 4;
    private static final int AF_INET = 2;
    private static final int CTA_TUPLE_ORIG = 1;
    private static final int CTA_TUPLE_REPLY = 2;
    private static final int CTA_TUPLE_IP = 1;
    private static final int CTA_TUPLE_PROTO = 2;
    private static final int CTA_IP_V4_SRC = 1;
    private static final int CTA_IP_V4_DST = 2;
    private static final int CTA_PROTO_NUM = 1;
    private static final int CTA_PROTO_SRC_PORT = 2;
    private static final int CTA_PROTO_DST_PORT = 3;

    private final NetlinkSocket socket;

    private ConnectionTracking(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * One tracked connection.
     *
     * @param protocol 6 is TCP, 17 UDP
     * @param source who began it
     * @param destination where it was sent
     * @param answerer who really answers: another one where the destination was translated
     */
    public record Flow(
            int protocol,
            Inet4Address source,
            int sourcePort,
            Inet4Address destination,
            int destinationPort,
            Inet4Address answerer,
            int answererPort) {}

    /** Opens a socket of {@code namespace}. */
    public static ConnectionTracking open(NetworkNamespace namespace) {
        return new ConnectionTracking(namespace.call(() -> NetlinkSocket.open(NetlinkSocket.NETFILTER)));
    }

    /** Every tracked connection that has ports. */
    public List<Flow> flows() {
        MessageWriter request = header(new MessageWriter(GET, LinkMessages.NLM_F_REQUEST | LinkMessages.NLM_F_DUMP));
        return socket.dump("list connections", request).stream()
                .filter(message -> message.type() == NEW)
                .flatMap(message -> parse(message).stream())
                .toList();
    }

    /** Forgets a connection: its next packet is a first one. One that has ended meanwhile is no error. */
    public void forget(Flow flow) {
        MessageWriter request = header(new MessageWriter(DELETE, LinkMessages.NLM_F_REQUEST | LinkMessages.NLM_F_ACK))
                .nested(
                        CTA_TUPLE_ORIG,
                        tuple -> tuple.nested(
                                        CTA_TUPLE_IP,
                                        addresses -> addresses
                                                .attribute(
                                                        CTA_IP_V4_SRC,
                                                        flow.source().getAddress())
                                                .attribute(
                                                        CTA_IP_V4_DST,
                                                        flow.destination().getAddress()))
                                .nested(
                                        CTA_TUPLE_PROTO,
                                        ports -> ports.attribute(CTA_PROTO_NUM, new byte[] {(byte) flow.protocol()})
                                                .attribute(CTA_PROTO_SRC_PORT, port(flow.sourcePort()))
                                                .attribute(CTA_PROTO_DST_PORT, port(flow.destinationPort()))));
        try {
            socket.execute("forget a connection", List.of(request));
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private static Optional<Flow> parse(Message message) {
        Attributes attributes = message.attributes(HEADER_BYTES);
        return attributes
                .nested(CTA_TUPLE_ORIG)
                .flatMap(original -> attributes.nested(CTA_TUPLE_REPLY).flatMap(reply -> parse(original, reply)));
    }

    private static Optional<Flow> parse(Attributes original, Attributes reply) {
        Optional<byte[]> protocol = original.nested(CTA_TUPLE_PROTO).flatMap(ports -> ports.bytes(CTA_PROTO_NUM));
        Optional<Inet4Address> source = address(original, CTA_IP_V4_SRC);
        Optional<Inet4Address> destination = address(original, CTA_IP_V4_DST);
        Optional<Inet4Address> answerer = address(reply, CTA_IP_V4_SRC);
        Optional<Integer> sourcePort = port(original, CTA_PROTO_SRC_PORT);
        Optional<Integer> destinationPort = port(original, CTA_PROTO_DST_PORT);
        Optional<Integer> answererPort = port(reply, CTA_PROTO_SRC_PORT);
        if (protocol.isEmpty()
                || source.isEmpty()
                || destination.isEmpty()
                || answerer.isEmpty()
                || sourcePort.isEmpty()
                || destinationPort.isEmpty()
                || answererPort.isEmpty()) {
            return Optional.empty(); // of another kind: without ports, or IPv6
        }
        return Optional.of(new Flow(
                protocol.get()[0],
                source.get(),
                sourcePort.get(),
                destination.get(),
                destinationPort.get(),
                answerer.get(),
                answererPort.get()));
    }

    private static Optional<Inet4Address> address(Attributes tuple, int type) {
        return tuple.nested(CTA_TUPLE_IP)
                .flatMap(addresses -> addresses.bytes(type))
                .flatMap(InterfaceAddress::address);
    }

    private static Optional<Integer> port(Attributes tuple, int type) {
        return tuple.nested(CTA_TUPLE_PROTO)
                .flatMap(ports -> ports.bytes(type))
                .filter(bytes -> bytes.length == 2)
                .map(bytes -> Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort()));
    }

    private static byte[] port(int number) {
        return ByteBuffer.allocate(2).putShort((short) number).array();
    }

    private static MessageWriter header(MessageWriter message) {
        return message.u8(AF_INET).u8(0).u16(0);
    }

    @Override
    public void close() {
        socket.close();
    }
}
