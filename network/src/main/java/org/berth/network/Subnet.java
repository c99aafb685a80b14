package org.berth.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * A range of IPv4 addresses, written "10.64.3.0/24".
 *
 * @param base its first address as a number, bits beyond the prefix zero
 * @param prefix its length in bits, 0 to 32
 */
record Subnet(int base, int prefix) {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})/([0-9]{1,2})");

    Subnet {
        base &= mask(prefix);
    }

    static Subnet of(Inet4Address address, int prefix) {
        return new Subnet(number(address), prefix);
    }

    /** @throws BerthException INVALID when it is not of that form or has bits beyond its prefix */
    static Subnet parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw invalid(text, "expected a form like 10.64.3.0/24");
        }
        int base = 0;
        for (int group = 1; group <= 4; group++) {
            int part = Integer.parseInt(matcher.group(group));
            if (part > 255) {
                throw invalid(text, part + " is more than 255");
            }
            base = base << 8 | part;
        }
        int prefix = Integer.parseInt(matcher.group(5));
        if (prefix > 32) {
            throw invalid(text, "a prefix has at most 32 bits");
        }
        Subnet subnet = new Subnet(base, prefix);
        if (subnet.base != base) {
            throw invalid(text, "did you mean " + subnet + "?");
        }
        return subnet;
    }

    boolean contains(Inet4Address address) {
        return (number(address) & mask(prefix)) == base;
    }

    boolean overlaps(Subnet other) {
        int shorter = mask(Math.min(prefix, other.prefix));
        return (base & shorter) == (other.base & shorter);
    }

    /** The host's own address in it: the first that can be used. */
    Inet4Address gateway() {
        return address(1);
    }

    /** How many addresses it has, the unusable first and last included. */
    long size() {
        return 1L << (32 - prefix);
    }

    /** The address at {@code offset} from its first. */
    Inet4Address address(long offset) {
        return numbered((int) (base + offset));
    }

    /** How far an address is from its first. */
    long offset(Inet4Address address) {
        return Integer.toUnsignedLong(number(address) - base);
    }

    @Override
    public String toString() {
        return numbered(base).getHostAddress() + "/" + prefix;
    }

    private static Inet4Address numbered(int number) {
        try {
            return (Inet4Address) InetAddress.getByAddress(
                    ByteBuffer.allocate(4).putInt(number).array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    private static int number(Inet4Address address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }

    private static BerthException invalid(String text, String why) {
        return new BerthException(ErrorCode.INVALID, "subnet " + text + ": " + why);
    }
}
