package org.berth.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.linux.netlink.NetworkNamespace;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A resolver in a namespace that knows one address for every name but those that begin with "missing". */
final class UpstreamResolver implements AutoCloseable {
    static final Inet4Address ANSWER = TestHost.address("203.0.113.7");

    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final AtomicInteger questions = new AtomicInteger();
    private final Set<String> asked = new ConcurrentSkipListSet<>();

    UpstreamResolver(NetworkNamespace namespace, Inet4Address address) {
        datagrams = namespace.call(() -> {
            try {
                return new DatagramSocket(53, address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        streams = namespace.call(() -> {
            try {
                return new ServerSocket(53, 10, address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Thread.ofVirtual().start(this::serveDatagrams);
        Thread.ofVirtual().start(this::serveStreams);
    }

    Set<String> asked() {
        return asked;
    }

    /** How many questions came. */
    int questions() {
        return questions.get();
    }

    private void serveDatagrams() {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
                datagrams.receive(packet);
                byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()));
                datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serveStreams() {
        try {
            while (true) {
                try (Socket client = streams.accept()) {
                    DataInputStream input = new DataInputStream(client.getInputStream());
                    byte[] answer = answer(input.readNBytes(input.readUnsignedShort()));
                    client.getOutputStream()
                            .write(ByteBuffer.allocate(2 + answer.length)
                                    .putShort((short) answer.length)
                                    .put(answer)
                                    .array());
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    private byte[] answer(byte[] query) throws IOException {
        Message message = new Message(query);
        Record question = message.getQuestion();
        questions.incrementAndGet();
        asked.add(question.getName().toString());
        message.getHeader().setFlag(Flags.QR);
        if (question.getName().toString().startsWith("missing")) {
            message.getHeader().setRcode(Rcode.NXDOMAIN);
        } else if (question.getName().toString().startsWith("failing")) {
            message.getHeader().setRcode(Rcode.SERVFAIL);
        } else {
            message.addRecord(new ARecord(question.getName(), DClass.IN, 60, ANSWER), Section.ANSWER);
        }
        return message.toWire();
    }

    @Override
    public void close() throws IOException {
        datagrams.close();
        streams.close();
    }
}
