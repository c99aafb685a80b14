package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.InterfaceAddress;
import org.berth.linux.netlink.Link;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.Route;
import org.berth.linux.netlink.RouteSocket;
import org.berth.network.NetworkState.StoredAttachment;
import org.berth.network.NetworkState.StoredNetwork;

/**
 * Bridges, and pairs of interfaces that lead from a namespace to one: what the kernel has, made equal
 * to what is stored. Names on the host bear the instance's tag.
 */
final class Wiring implements AutoCloseable {
    private static final int MTU_DEFAULT = 1500;
    private static final int MTU_MIN = 576;
    private static final int SUFFIX_LENGTH = 6;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final NetworkNamespace host;
    private final RouteSocket socket;
    private final Unplugging unplugging;
    private final String bridgePrefix;
    private final String pairPrefix;
    private final RandomGenerator random;

    Wiring(NetworkNamespace host, String tag, RandomGenerator random) {
        this.host = host;
        this.socket = RouteSocket.open(host);
        this.unplugging = new Unplugging(host);
        this.bridgePrefix = "br" + tag + "-";
        this.pairPrefix = "ve" + tag + "-";
        this.random = random;
    }

    /** A bridge's name that nothing bears yet. */
    String freshBridgeName() {
        return fresh(bridgePrefix);
    }

    /** A name of a pair's host end, never used before: see {@link RouteSocket#createVeth}. */
    String freshPairName() {
        return fresh(pairPrefix);
    }

    private String fresh(String prefix) {
        StringBuilder name = new StringBuilder(prefix);
        for (int i = 0; i < SUFFIX_LENGTH; i++) {
            name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return name.toString();
    }

    /** Where the host's routes lead. */
    List<Subnet> routed() {
        return socket.routes().stream()
                .filter(route -> !route.isDefault())
                .map(route -> Subnet.of(route.destination(), route.prefix()))
                .toList();
    }

    /** What the names of all bridges of this instance begin with. */
    String bridgePrefix() {
        return bridgePrefix;
    }

    /** Words for each network that a route which came later overlaps: a VPN's, another engine's. */
    List<String> overlaps(List<StoredNetwork> networks) {
        Map<Integer, String> links = new HashMap<>();
        socket.links().forEach(link -> links.put(link.index(), link.name()));
        List<String> words = new ArrayList<>();
        for (Route route : socket.routes()) {
            String link = links.getOrDefault(route.linkIndex().orElse(0), "no interface");
            Subnet place = Subnet.of(route.destination(), route.prefix());
            networks.stream()
                    .filter(network -> !link.startsWith(bridgePrefix)
                            && SubnetPool.overlapping(network.range(), List.of(place))
                                    .isPresent())
                    .forEach(network -> words.add("network " + network.name() + " (" + network.subnet()
                            + ") overlaps the route to " + place + " by " + link
                            + ": one hides the other; make the network again, with another subnet"));
        }
        return words;
    }

    /** Whether the calling thread's namespace passes packets on. */
    static boolean isForwarding() {
        return Settings.get("ipv4/ip_forward").equals("1");
    }

    /** The host's own addresses. */
    Set<Inet4Address> ownAddresses() {
        return socket.addresses().stream().map(InterfaceAddress::address).collect(Collectors.toSet());
    }

    /** Makes what is missing of a network's bridge; what is there stays as it is. */
    Link ensureBridge(StoredNetwork network) {
        Subnet subnet = network.range();
        Optional<Link> found = socket.link(network.bridge());
        if (found.isEmpty()) {
            socket.createBridge(network.bridge(), MacAddress.of(subnet.gateway()), hostMtu());
        }
        Link bridge = socket.link(network.bridge()).orElseThrow();
        List<InterfaceAddress> addresses = socket.addresses();
        if (addresses.stream()
                .noneMatch(address -> address.linkIndex() == bridge.index()
                        && address.address().equals(subnet.gateway()))) {
            socket.addAddress(bridge.index(), subnet.gateway(), subnet.prefix());
        }
        if (!bridge.up()) {
            socket.switchOn(bridge.index());
        }
        host.run(() -> {
            Settings.set("ipv4/conf/" + network.bridge() + "/route_localnet", "1");
            Settings.set("ipv4/ip_forward", "1");
            Settings.setIfPresent("ipv6/conf/" + network.bridge() + "/disable_ipv6", "1");
        });
        return bridge;
    }

    void removeBridge(String name) {
        unplugging.settle();
        socket.link(name).ifPresent(socket::delete);
    }

    /** The link of a network's bridge. */
    Link bridge(StoredNetwork network) {
        return socket.link(network.bridge())
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNAVAILABLE,
                        "network " + network.name() + ": its bridge " + network.bridge()
                                + " is gone; restart the daemon, which makes it again"));
    }

    /** Connects a namespace with a pair of interfaces. */
    void connect(NetworkNamespace namespace, StoredNetwork network, StoredAttachment stored) {
        Link bridge = bridge(network);
        socket.createVeth(
                stored.hostInterface(),
                bridge,
                stored.attachment().interfaceName(),
                new MacAddress(stored.attachment().macAddress()),
                bridge.mtu(),
                namespace);
        try (RouteSocket inside = RouteSocket.open(namespace)) {
            Link link = inside.link(stored.attachment().interfaceName()).orElseThrow();
            inside.configure(
                    link,
                    stored.attachment().address(),
                    stored.attachment().prefix(),
                    stored.defaultRoute() ? Optional.of(stored.attachment().gateway()) : Optional.empty());
        }
        socket.link(stored.hostInterface()).ifPresent(link -> socket.setHairpin(link.index()));
    }

    /** Gives a namespace a default route. */
    static void addDefaultRoute(NetworkNamespace namespace, Inet4Address gateway) {
        try (RouteSocket inside = RouteSocket.open(namespace)) {
            inside.addDefaultRoute(gateway);
        }
    }

    /** Removes a pair by its host end; what is gone is no error. */
    void disconnect(String hostInterface) {
        socket.link(hostInterface).ifPresent(socket::delete);
    }

    /** As {@link #disconnect}, soon: for a pair whose namespace nobody uses any more. */
    void disconnectLater(String hostInterface) {
        unplugging.later(hostInterface);
    }

    /** Waits until what is to be removed soon is gone. */
    void settle() {
        unplugging.settle();
    }

    /**
     * Removes every interface of this instance that is not known (a daemon died between making and
     * recording it), and puts pairs back in bridges that had to be made again.
     *
     * @param wanted bridges by the name of the pair's host end
     */
    void repair(Set<String> bridges, Map<String, String> wanted) {
        Map<String, Link> links = new HashMap<>();
        socket.links().forEach(link -> links.put(link.name(), link));
        Predicate<Link> unknown = link -> (link.name().startsWith(bridgePrefix) && !bridges.contains(link.name()))
                || (link.name().startsWith(pairPrefix) && !wanted.containsKey(link.name()));
        links.values().stream().filter(unknown).forEach(socket::delete);
        wanted.forEach((name, bridgeName) -> {
            Link pair = links.get(name);
            Link bridge = links.get(bridgeName);
            if (pair != null && bridge != null && pair.master().orElse(0) != bridge.index()) {
                socket.setMaster(pair.index(), bridge);
                socket.setHairpin(pair.index());
            }
        });
    }

    /** The packet size of the way out: a larger one inside would be cut or lost. */
    private int hostMtu() {
        Map<Integer, Integer> sizes = new HashMap<>();
        socket.links().forEach(link -> sizes.put(link.index(), link.mtu()));
        List<Integer> out = new ArrayList<>();
        for (Route route : socket.routes()) {
            if (route.isDefault() && route.linkIndex().isPresent()) {
                out.add(sizes.getOrDefault(route.linkIndex().getAsInt(), MTU_DEFAULT));
            }
        }
        return out.stream()
                .min(Comparator.naturalOrder())
                .map(mtu -> Math.clamp(mtu, MTU_MIN, MTU_DEFAULT))
                .orElse(MTU_DEFAULT);
    }

    @Override
    public void close() {
        unplugging.close();
        socket.close();
    }
}
