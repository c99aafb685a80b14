package org.berth.network;

import java.net.Inet4Address;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.berth.network.Networks.PublishedPort;

/**
 * A published port with what answers it, as a part of the rules; nothing may answer. Each port is an
 * element of one of four maps, so that a packet is matched at once however many ports there are, and
 * a chain of its own where it is balanced.
 */
record BalancedPort(PublishedPort port, List<Inet4Address> backends) {
    private static final Comparator<Inet4Address> ORDER = Comparator.comparing(Inet4Address::getHostAddress);

    BalancedPort {
        backends = backends.stream().distinct().sorted(ORDER).toList();
    }

    /** The map it is in: on one address of the host or on all, answered or refused. */
    enum Place {
        ANSWERED_HERE("answered_here", true),
        ANSWERED_EVERYWHERE("answered_everywhere", false),
        REFUSED_HERE("refused_here", true),
        REFUSED_EVERYWHERE("refused_everywhere", false);

        private final String map;
        private final boolean oneAddress;

        Place(String map, boolean oneAddress) {
            this.map = map;
            this.oneAddress = oneAddress;
        }

        /** The map's name. */
        String map() {
            return map;
        }

        /** What the map leads from and to. */
        String type() {
            return (oneAddress ? "ipv4_addr . " : "") + "inet_proto . inet_service : verdict";
        }

        /** The rule that looks a packet up. */
        String match() {
            return (oneAddress ? "ip daddr . " : "fib daddr type local ") + "meta l4proto . th dport vmap @" + map;
        }
    }

    Place place() {
        boolean everywhere = port.address().isAnyLocalAddress();
        if (isAnswered()) {
            return everywhere ? Place.ANSWERED_EVERYWHERE : Place.ANSWERED_HERE;
        }
        return everywhere ? Place.REFUSED_EVERYWHERE : Place.REFUSED_HERE;
    }

    boolean isAnswered() {
        return !backends.isEmpty();
    }

    /** The chain that balances it: "tcp_8080_on_127.0.0.1". */
    String chain() {
        return port.protocol() + "_" + port.hostPort() + "_on_" + port.address().getHostAddress();
    }

    /** Its key in the map. */
    String key() {
        String address =
                port.address().isAnyLocalAddress() ? "" : port.address().getHostAddress() + " . ";
        return address + port.protocol() + " . " + port.hostPort();
    }

    /** Its key in the map and where that leads. */
    String element() {
        return key() + " : goto " + (isAnswered() ? chain() : "refuse");
    }

    /** Sends each new connection to the next of the backends. */
    String balance() {
        String mapped = IntStream.range(0, backends.size())
                .mapToObj(
                        number -> number + " : " + backends.get(number).getHostAddress() + " . " + port.containerPort())
                .collect(Collectors.joining(", "));
        return "meta l4proto " + port.protocol() + " dnat ip to numgen inc mod " + backends.size() + " map { " + mapped
                + " }";
    }
}
