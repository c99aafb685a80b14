package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.berth.network.Networks.Attachment;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a network's DNS answers, without sockets. */
class AnswersTest {
    private static final Subnet SUBNET = Subnet.parse("10.64.0.0/24");

    @Test
    void aServicesNameComesBeforeAContainersOwn() throws Exception {
        NameTable table = NameTable.of(
                "app",
                SUBNET,
                false,
                List.of(attached("10.64.0.2", "web"), attached("10.64.0.3", "web")),
                List.of(
                        Map.of("Web", List.of(TestHost.address("10.64.0.3"))),
                        Map.of("web", List.of(TestHost.address("10.64.0.4")))));
        assertThat(addresses(answer("WEB", Type.A, table, 0))).containsExactlyInAnyOrder("10.64.0.3", "10.64.0.4");
    }

    @Test
    void answersTurn() throws Exception {
        NameTable table = NameTable.of(
                "app",
                SUBNET,
                false,
                List.of(),
                List.of(Map.of("web", List.of(TestHost.address("10.64.0.2"), TestHost.address("10.64.0.3")))));
        assertThat(addresses(answer("web", Type.A, table, 0))).containsExactly("10.64.0.2", "10.64.0.3");
        assertThat(addresses(answer("web", Type.A, table, 1))).containsExactly("10.64.0.3", "10.64.0.2");
        assertThat(addresses(answer("web", Type.A, table, -1))).hasSize(2); // after 2^31 questions
    }

    @Test
    void aKnownNameHasNoOtherRecords() throws Exception {
        NameTable table = NameTable.of("app", SUBNET, false, List.of(attached("10.64.0.2", "web")), List.of());
        Message answer = answer("web", Type.AAAA, table, 0);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(Answers.answer(Resolver.query("unknown", Type.A), List.of(table), 0))
                .isEmpty();
        assertThat(Answers.answer(Resolver.query("web.example.org", Type.A), List.of(table), 0))
                .isEmpty();
    }

    @Test
    void addressesOfTheSubnetAreNotAskedElsewhere() throws Exception {
        NameTable table = NameTable.of("app", SUBNET, false, List.of(attached("10.64.0.2", "web")), List.of());
        assertThat(answer("2.0.64.10.in-addr.arpa", Type.PTR, table, 0)
                        .getSection(Section.ANSWER)
                        .getFirst()
                        .rdataToString())
                .isEqualTo("web.app.");
        assertThat(answer("9.0.64.10.in-addr.arpa", Type.PTR, table, 0).getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
        for (String other : List.of("8.8.8.8.in-addr.arpa", "a.b.c.d.in-addr.arpa", "10.in-addr.arpa")) {
            assertThat(Answers.answer(Resolver.query(other, Type.PTR), List.of(table), 0))
                    .isEmpty();
        }
    }

    @Test
    void aLongAnswerIsCutForADatagramAndSaysSo() throws Exception {
        List<Inet4Address> many =
                IntStream.range(1, 200).mapToObj(SUBNET::address).toList();
        NameTable table = NameTable.of("app", SUBNET, false, List.of(), List.of(Map.of("web", many)));
        Message query = Resolver.query("web", Type.A);
        assertThat(Answers.udpBytes(query)).isEqualTo(512);
        byte[] wire = Answers.answer(query, List.of(table), 0).orElseThrow().toWire(Answers.udpBytes(query));
        assertThat(wire).hasSizeLessThanOrEqualTo(512);
        assertThat(new Message(wire).getHeader().getFlag(Flags.TC)).isTrue();

        query.addRecord(new OPTRecord(65_000, 0, 0), Section.ADDITIONAL);
        assertThat(Answers.udpBytes(query)).isEqualTo(1232);
        assertThat(Answers.answer(query, List.of(table), 0).orElseThrow().getOPT())
                .isNotNull();
    }

    @Test
    void resolversAreReadFromTheHostsFile() {
        assertThat(HostResolvers.parse(Stream.of(
                        "# comment", "nameserver 127.0.0.53", "nameserver\t192.0.2.1 ", "search x", "nameserver no")))
                .extracting(address -> address.getAddress().getHostAddress())
                .containsExactly("127.0.0.53", "192.0.2.1");
    }

    private static Message answer(String name, int type, NameTable table, int turn) throws Exception {
        return Answers.answer(Resolver.query(name, type), List.of(table), turn).orElseThrow();
    }

    private static List<String> addresses(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .map(record -> ((ARecord) record).getAddress().getHostAddress())
                .toList();
    }

    private static Attachment attached(String address, String name) {
        return new Attachment("id", "eth0", TestHost.address(address), 24, SUBNET.gateway(), "", Set.of(name));
    }
}
