package org.berth.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;

/** Messages as bytes, on a little-endian machine. */
class MessagesTest {
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void aDefaultRouteIsWrittenAsTheKernelWantsIt() {
        byte[] message = AddressMessages.addDefaultRoute(Inet4Address.ofLiteral("10.1.2.1"))
                .finish(7);
        assertThat(HEX.formatHex(message))
                .isEqualTo("24000000" + "1800" + "0506" + "07000000" + "00000000" // header: length, type, flags, number
                        + "02000000" + "fe030001" + "00000000" // AF_INET, table main, boot, universe, unicast
                        + "0800" + "0500" + "0a010201"); // RTA_GATEWAY
    }

    @Test
    void anAddressComesWithItsBroadcastAddress() {
        byte[] message = AddressMessages.addAddress(3, Inet4Address.ofLiteral("10.1.2.130"), 25)
                .finish(1);
        assertThat(HEX.formatHex(message))
                .endsWith("02190000" + "03000000" + "080002000a010282" + "080001000a010282" + "080004000a0102ff");
    }

    @Test
    void aPairNamesItsPeerInside() {
        byte[] message = LinkMessages.createVeth("ve1", 5, "eth0", new MacAddress("02:be:0a:01:02:02"), 1400, 9)
                .finish(1);
        Message parsed = Message.parse(message).getFirst();
        assertThat(parsed.type()).isEqualTo(LinkMessages.RTM_NEWLINK);
        Attributes attributes = parsed.attributes(LinkMessages.HEADER_BYTES);
        assertThat(attributes.text(LinkMessages.IFLA_IFNAME)).contains("ve1");
        assertThat(attributes.number(LinkMessages.IFLA_MASTER)).hasValue(5);
        byte[] peer = attributes
                .nested(LinkMessages.IFLA_LINKINFO)
                .flatMap(information -> information.nested(2))
                .flatMap(data -> data.bytes(1))
                .orElseThrow();
        Attributes inside = Attributes.parse(ByteBuffer.wrap(peer, 16, peer.length - 16));
        assertThat(inside.text(LinkMessages.IFLA_IFNAME)).contains("eth0");
        assertThat(inside.bytes(LinkMessages.IFLA_ADDRESS)).hasValue(new byte[] {2, (byte) 0xbe, 10, 1, 2, 2});
    }

    @Test
    void namesThatNoInterfaceCanHaveAreRefused() {
        for (String name : List.of("", "sixteen-letters-", "a/b", "..", "a b")) {
            assertThatThrownBy(() -> LinkMessages.find(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void lengthsThatDoNotFitAreRefused() {
        for (String damaged : List.of(
                "09000000" + "1000" + "0000" + "00000000" + "00000000", // shorter than a header
                "ff000000" + "1000" + "0000" + "00000000" + "00000000", // longer than what is there
                "ffffffff" + "1000" + "0000" + "00000000" + "00000000")) {
            assertThatThrownBy(() -> Message.parse(HEX.parseHex(damaged))).isInstanceOf(BerthException.class);
        }
        for (String damaged : List.of("0300" + "0100", "0900" + "0100" + "00000000")) {
            assertThatThrownBy(() -> Attributes.parse(ByteBuffer.wrap(HEX.parseHex(damaged))))
                    .isInstanceOf(BerthException.class);
        }
    }

    /** Goal: whatever bytes come, reading ends with messages or one error. */
    @Test
    void randomBytesAreReadOrRefused() {
        Random random = new Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            if (bytes.length >= 4) {
                ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, random.nextInt(96));
            }
            try {
                Message.parse(bytes).forEach(message -> message.attributes(LinkMessages.HEADER_BYTES));
            } catch (BerthException e) {
                assertThat(e).hasMessageStartingWith("netlink ");
            }
        }
    }
}
