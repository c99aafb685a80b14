package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Answers of a network's own DNS (RFC 1035) to questions about its own names; pure. A known name has
 * an A record for each address, in an order that turns with every question, and nothing of any other
 * type: an empty answer, so that a client that asks for AAAA too is not told that the name is unknown.
 */
final class Answers {
    /** How long a client may remember, in seconds: replicas come and go. */
    static final long TTL_SECONDS = 1;

    /** Bytes of an answer over UDP for a client that does not say how many it takes (RFC 1035 2.3.4). */
    private static final int UDP_BYTES = 512;

    /** Bytes of an answer over UDP at the most, so that it is not cut in fragments (dnsflagday.net 2020). */
    private static final int UDP_BYTES_MAX = 1232;

    private static final String REVERSE = ".in-addr.arpa";

    private Answers() {}

    /**
     * The answer, or empty when the question is not about any of these networks.
     *
     * @param tables those of the client's networks; the first that knows answers
     * @param turn counts the questions
     */
    static Optional<Message> answer(Message query, List<NameTable> tables, int turn) {
        Record question = query.getQuestion();
        if (query.getHeader().getOpcode() != Opcode.QUERY || question == null) {
            return Optional.of(refuse(query, Rcode.NOTIMP));
        }
        if (question.getDClass() != DClass.IN) {
            return Optional.empty();
        }
        String name = question.getName().toString(true);
        boolean reverse = name.toLowerCase(Locale.ROOT).endsWith(REVERSE);
        return tables.stream()
                .map(table -> reverse
                        ? reverse(query, question, name, table)
                        : table.find(name).map(addresses -> known(query, question, addresses, turn)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** An answer that says only why there is none. */
    static Message refuse(Message query, int code) {
        Message answer = begin(query);
        answer.getHeader().setRcode(code);
        return answer;
    }

    /** How many bytes of an answer over UDP the client takes. */
    static int udpBytes(Message query) {
        OPTRecord extension = query.getOPT();
        return extension == null ? UDP_BYTES : Math.clamp(extension.getPayloadSize(), UDP_BYTES, UDP_BYTES_MAX);
    }

    private static Message known(Message query, Record question, List<Inet4Address> addresses, int turn) {
        Message answer = begin(query);
        answer.getHeader().setFlag(Flags.AA);
        if (question.getType() == Type.A || question.getType() == Type.ANY) {
            List<Inet4Address> turned = new ArrayList<>(addresses);
            Collections.rotate(turned, turn);
            for (Inet4Address address : turned) {
                answer.addRecord(new ARecord(question.getName(), DClass.IN, TTL_SECONDS, address), Section.ANSWER);
            }
        }
        return answer;
    }

    /** Addresses of our subnet are nobody else's to name. */
    private static Optional<Message> reverse(Message query, Record question, String name, NameTable table) {
        Optional<Inet4Address> address = reversed(name.substring(0, name.length() - REVERSE.length()));
        if (address.isEmpty() || !table.subnet().contains(address.get())) {
            return Optional.empty();
        }
        Optional<String> found = table.find(address.get());
        if (found.isEmpty()) {
            return Optional.of(refuse(query, Rcode.NXDOMAIN));
        }
        Message answer = begin(query);
        answer.getHeader().setFlag(Flags.AA);
        if (question.getType() == Type.PTR || question.getType() == Type.ANY) {
            try {
                Name target = Name.fromString(found.get() + ".");
                answer.addRecord(new PTRRecord(question.getName(), DClass.IN, TTL_SECONDS, target), Section.ANSWER);
            } catch (TextParseException e) {
                return Optional.of(refuse(query, Rcode.NXDOMAIN)); // a container's name that is none of DNS
            }
        }
        return Optional.of(answer);
    }

    private static Optional<Inet4Address> reversed(String labels) {
        List<String> parts = new ArrayList<>(List.of(labels.split("\\.", -1)));
        if (parts.size() != 4) {
            return Optional.empty();
        }
        Collections.reverse(parts);
        try {
            return Optional.of(Inet4Address.ofLiteral(String.join(".", parts)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Message begin(Message query) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        answer.getHeader().setOpcode(query.getHeader().getOpcode());
        if (query.getHeader().getFlag(Flags.RD)) {
            answer.getHeader().setFlag(Flags.RD);
        }
        Record question = query.getQuestion();
        if (question != null) {
            answer.addRecord(question, Section.QUESTION);
        }
        if (query.getOPT() != null) {
            answer.addRecord(new OPTRecord(UDP_BYTES_MAX, 0, 0), Section.ADDITIONAL);
        }
        return answer;
    }
}
