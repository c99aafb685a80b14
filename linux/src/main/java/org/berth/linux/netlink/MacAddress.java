package org.berth.linux.netlink;

import java.net.Inet4Address;
import java.util.HexFormat;

/** An Ethernet address of six bytes, written "02:be:0a:40:00:02". */
public record MacAddress(String text) {
    private static final int BYTES = 6;
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    public MacAddress {
        if (COLONS.parseHex(text).length != BYTES) {
            throw new IllegalArgumentException("an Ethernet address has six bytes: " + text);
        }
    }

    /**
     * The address that goes with an IPv4 address: locally administered (bit 1 of the first byte), so
     * it meets no maker's; a neighbour that remembers the pair is never wrong.
     */
    public static MacAddress of(Inet4Address address) {
        byte[] four = address.getAddress();
        return of(new byte[] {0x02, (byte) 0xbe, four[0], four[1], four[2], four[3]});
    }

    static MacAddress of(byte[] bytes) {
        return new MacAddress(COLONS.formatHex(bytes));
    }

    byte[] bytes() {
        return COLONS.parseHex(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
