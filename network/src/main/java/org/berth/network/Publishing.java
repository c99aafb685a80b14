package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.ConnectionTracking;
import org.berth.linux.netlink.ConnectionTracking.Flow;
import org.berth.network.NetworkState.StoredPorts;
import org.berth.network.Networks.PublishedPort;

/** Which host ports a publication means, and whether it may have them; pure. */
final class Publishing {
    private static final Set<String> PROTOCOLS = Set.of("tcp", "udp");
    private static final int PORT_MAX = 65_535;

    private Publishing() {}

    /** Gives a port that asks for a free one (0) the one it had before. */
    static List<PublishedPort> keepChosen(List<PublishedPort> before, List<PublishedPort> wanted) {
        List<PublishedPort> unused = new ArrayList<>(before);
        unused.removeAll(wanted);
        List<PublishedPort> kept = new ArrayList<>();
        for (PublishedPort port : wanted) {
            Optional<PublishedPort> earlier = port.hostPort() != 0
                    ? Optional.empty()
                    : unused.stream().filter(had -> sameButHostPort(had, port)).findFirst();
            earlier.ifPresent(unused::remove);
            kept.add(earlier.orElse(port));
        }
        return kept;
    }

    /** Puts the ports that were chosen in the places of those that asked for a free one. */
    static List<PublishedPort> chosen(List<PublishedPort> wanted, List<PublishedPort> held) {
        List<PublishedPort> unused = new ArrayList<>(held);
        List<PublishedPort> result = new ArrayList<>();
        for (PublishedPort port : wanted) {
            PublishedPort found = port.hostPort() != 0
                    ? port
                    : unused.stream()
                            .filter(had -> sameButHostPort(had, port) && !wanted.contains(had))
                            .findFirst()
                            .orElseThrow();
            unused.remove(found);
            result.add(found);
        }
        return result;
    }

    /**
     * Refuses what is no port, is asked for twice, or is another owner's.
     *
     * @throws BerthException INVALID or CONFLICT that names the port
     */
    static void check(String owner, List<PublishedPort> ports, Map<String, StoredPorts> published) {
        Set<PortHolds.Place> seen = new HashSet<>();
        for (PublishedPort port : ports) {
            if (!PROTOCOLS.contains(port.protocol())) {
                throw invalid(port, "its protocol must be tcp or udp, not " + port.protocol());
            }
            if (port.hostPort() < 0
                    || port.hostPort() > PORT_MAX
                    || port.containerPort() < 1
                    || port.containerPort() > PORT_MAX) {
                throw invalid(port, "ports are 1 to 65535");
            }
            if (port.hostPort() != 0 && !seen.add(PortHolds.Place.of(port))) {
                throw invalid(port, "it is published twice");
            }
            published.forEach((other, stored) -> {
                if (!other.equals(owner) && stored.ports().stream().anyMatch(theirs -> clash(theirs, port))) {
                    throw new BerthException(
                            ErrorCode.CONFLICT,
                            "port " + place(port) + " is published by " + other + " already; choose another in ports:");
                }
            });
        }
    }

    /**
     * Our networks' DNS has port 53 on each gateway's address, so it is not to be had on all addresses.
     *
     * @throws BerthException CONFLICT that says so
     */
    static void leaveOwnDns(List<PublishedPort> ports) {
        for (PublishedPort port : ports) {
            if (port.hostPort() == DnsServer.PORT && port.address().isAnyLocalAddress()) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "port " + place(port) + " is in use by the DNS of Berth's networks; publish it on one address"
                                + " of this host in ports:");
            }
        }
    }

    /** Whether holding any of the wanted ports needs this one to be let go first. */
    static boolean isInTheWay(PublishedPort had, List<PublishedPort> wanted) {
        return wanted.stream().anyMatch(port -> clash(had, port));
    }

    /**
     * Whether a tracked datagram connection leads elsewhere than a new one would.
     *
     * @param ports the ports whose publication changed
     * @param published those that are published now, with {@code backends}
     * @param own the host's addresses: what is sent to others passes by
     */
    static boolean isStale(
            Flow flow,
            List<PublishedPort> ports,
            List<PublishedPort> published,
            List<Inet4Address> backends,
            Set<Inet4Address> own) {
        return flow.protocol() == ConnectionTracking.UDP
                && ports.stream().anyMatch(port -> isFor(flow, port, own))
                && published.stream()
                        .noneMatch(port -> isFor(flow, port, own)
                                && port.containerPort() == flow.answererPort()
                                && backends.contains(flow.answerer()));
    }

    private static boolean isFor(Flow flow, PublishedPort port, Set<Inet4Address> own) {
        return flow.destinationPort() == port.hostPort()
                && (port.address().equals(flow.destination())
                        || (port.address().isAnyLocalAddress()
                                && (flow.destination().isLoopbackAddress() || own.contains(flow.destination()))));
    }

    private static boolean clash(PublishedPort one, PublishedPort other) {
        Inet4Address first = one.address();
        Inet4Address second = other.address();
        return one.hostPort() == other.hostPort()
                && one.protocol().equals(other.protocol())
                && (first.equals(second) || first.isAnyLocalAddress() || second.isAnyLocalAddress());
    }

    private static boolean sameButHostPort(PublishedPort one, PublishedPort other) {
        return one.address().equals(other.address())
                && one.containerPort() == other.containerPort()
                && one.protocol().equals(other.protocol());
    }

    private static BerthException invalid(PublishedPort port, String why) {
        return new BerthException(ErrorCode.INVALID, "port " + place(port) + ": " + why);
    }

    private static String place(PublishedPort port) {
        return port.address().getHostAddress() + ":" + port.hostPort();
    }
}
