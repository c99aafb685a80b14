package org.berth.network;

import java.net.Inet4Address;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Which address of a subnet is next: the one after the last given, so that an address just given
 * back rests while connections and caches still know it.
 */
final class AddressPool {
    private AddressPool() {}

    /**
     * @param last the offset of the address given last; 1, the gateway, at first
     * @param used the addresses in use
     * @throws BerthException EXHAUSTED when all are in use
     */
    static Inet4Address next(String network, Subnet subnet, long last, Set<Inet4Address> used) {
        long usable = subnet.size() - 3; // without the first, the gateway and the broadcast address
        for (long step = 1; step <= usable; step++) {
            Inet4Address address = subnet.address(2 + Math.floorMod(last - 2 + step, usable));
            if (!used.contains(address)) {
                return address;
            }
        }
        throw new BerthException(
                ErrorCode.EXHAUSTED,
                "network " + network + ": all " + usable + " addresses of " + subnet
                        + " are in use; remove a container, or make the network with a larger subnet");
    }
}
