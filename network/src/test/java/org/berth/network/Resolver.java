package org.berth.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.berth.linux.netlink.NetworkNamespace;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A DNS client in a namespace. */
record Resolver(NetworkNamespace from, Inet4Address server) {
    private static final int WAIT_MILLISECONDS_MAX = 15_000;

    List<Inet4Address> addresses(String name) throws IOException {
        return ask(name, Type.A, false).getSection(Section.ANSWER).stream()
                .map(record -> (Inet4Address) ((ARecord) record).getAddress())
                .toList();
    }

    String name(Inet4Address address) throws IOException {
        Message answer = ask(ReverseMap.fromAddress(address).toString(), Type.PTR, false);
        return ((PTRRecord) answer.getSection(Section.ANSWER).getFirst())
                .getTarget()
                .toString();
    }

    Message ask(String name, int type, boolean stream) throws IOException {
        Message query = query(name, type);
        Message answer = new Message(stream ? overStream(query.toWire()) : overDatagram(query.toWire()));
        if (answer.getHeader().getID() != query.getHeader().getID()) {
            throw new IOException("the answer to another question");
        }
        return answer;
    }

    static Message query(String name, int type) throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
    }

    static DatagramSocket socket() {
        return socket(0);
    }

    static DatagramSocket socket(int port) {
        try {
            return new DatagramSocket(port);
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] overDatagram(byte[] query) throws IOException {
        try (DatagramSocket socket = from.call(Resolver::socket)) {
            socket.setSoTimeout(WAIT_MILLISECONDS_MAX);
            socket.connect(new InetSocketAddress(server, 53));
            socket.send(new DatagramPacket(query, query.length));
            DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
            socket.receive(answer);
            return Arrays.copyOf(answer.getData(), answer.getLength());
        }
    }

    private byte[] overStream(byte[] query) throws IOException {
        try (Socket socket = from.call(Resolver::stream)) {
            socket.connect(new InetSocketAddress(server, 53), WAIT_MILLISECONDS_MAX);
            socket.setSoTimeout(WAIT_MILLISECONDS_MAX);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(2 + query.length)
                            .putShort((short) query.length)
                            .put(query)
                            .array());
            DataInputStream input = new DataInputStream(socket.getInputStream());
            return input.readNBytes(input.readUnsignedShort());
        }
    }

    private static Socket stream() {
        try {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            return socket;
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }
}
