package org.berth.network;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where an instance takes its subnets from: small ones (256 addresses) of the private ranges (RFC
 * 1918), in an order that begins at a place of the instance's own, so that two daemons side by side
 * do not race for the same. Whatever a route of the host leads to is passed over: a VPN, another
 * engine, another Berth.
 */
final class SubnetPool {
    static final int PREFIX = 24;

    /** Subnets of 256 addresses that 10.64.0.0 to 10.191.255.255 has: where few others choose from. */
    private static final int FIRST_RANGE = 128 * 256;

    /** The same of 172.16.0.0/12. */
    private static final int SECOND_RANGE = 16 * 256;

    /** The same of 192.168.0.0/16. */
    private static final int THIRD_RANGE = 256;

    /** Routes shorter than this are ways to everywhere ("0.0.0.0/1" of a VPN), not places. */
    private static final int PLACE_PREFIX_MIN = 8;

    private final int start;

    /** @param tag the instance's ({@link org.berth.base.Instance#tag()}) */
    SubnetPool(String tag) {
        this.start = Math.floorMod(tag.hashCode() * 0x9E3779B9 >>> 8, FIRST_RANGE / 256) * 256;
    }

    /**
     * The first subnet that overlaps nothing taken.
     *
     * @param taken the destinations of the host's routes, and what else must not be hidden
     * @throws BerthException EXHAUSTED when there is none
     */
    Subnet choose(Collection<Subnet> taken) {
        return candidates()
                .filter(candidate -> overlapping(candidate, taken).isEmpty())
                .findFirst()
                .orElseThrow(() -> new BerthException(
                        ErrorCode.EXHAUSTED,
                        "no subnet is free for a network: routes of this host cover 10.64.0.0-10.191.255.255,"
                                + " 172.16.0.0/12 and 192.168.0.0/16; remove a network, or name a subnet that no route"
                                + " needs"));
    }

    /** What of {@code taken} a subnet overlaps; ways to everywhere don't count. */
    static Optional<Subnet> overlapping(Subnet subnet, Collection<Subnet> taken) {
        return taken.stream()
                .filter(other -> other.prefix() >= PLACE_PREFIX_MIN && other.overlaps(subnet))
                .findFirst();
    }

    private Stream<Subnet> candidates() {
        return Stream.of(
                        IntStream.range(0, FIRST_RANGE)
                                .map(number -> 10 << 24 | 64 << 16 | ((start + number) % FIRST_RANGE) << 8),
                        IntStream.range(0, SECOND_RANGE)
                                .map(number -> 172 << 24 | 16 << 16 | ((start + number) % SECOND_RANGE) << 8),
                        IntStream.range(0, THIRD_RANGE)
                                .map(number -> 192 << 24 | 168 << 16 | ((start / 256 + number) % THIRD_RANGE) << 8))
                .flatMap(range -> range.mapToObj(base -> new Subnet(base, PREFIX)));
    }
}
