package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.linux.netlink.ConnectionTracking;
import org.berth.linux.netlink.ConnectionTracking.Flow;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.network.NetworkState.StoredPorts;
import org.berth.network.Networks.PublishedPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ports published on the host: held, recorded, and led to their backends by the rules. Not safe
 * for concurrent use: its owner holds a lock.
 */
final class PublishedPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedPorts.class);

    private final NetworkNamespace host;
    private final NetworkState state;
    private final Wiring wiring;
    private final Runnable applyRules;
    private final PortHolds holds;
    private final HostPorts machine;

    /** What could not be held when the daemon came back, by place. */
    private final Map<PortHolds.Place, String> lost = new HashMap<>();

    PublishedPorts(NetworkNamespace host, HostPorts machine, NetworkState state, Wiring wiring, Runnable applyRules) {
        this.host = host;
        this.state = state;
        this.wiring = wiring;
        this.applyRules = applyRules;
        this.holds = new PortHolds(host, machine);
        this.machine = machine;
    }

    /** {@link Networks#publish}. */
    List<PublishedPort> publish(String owner, List<PublishedPort> ports, List<Inet4Address> backends) {
        StoredPorts before = Optional.ofNullable(state.ports().get(owner)).orElse(StoredPorts.none(owner));
        List<PublishedPort> wanted = Publishing.keepChosen(before.ports(), ports);
        Publishing.check(owner, wanted, state.ports());
        if (!state.networks().isEmpty()) {
            Publishing.leaveOwnDns(wanted);
        }
        List<PublishedPort> outgrown = before.ports().stream()
                .filter(had -> !wanted.contains(had) && Publishing.isInTheWay(had, wanted))
                .toList();
        outgrown.forEach(holds::release);
        List<PublishedPort> added = List.of();
        try {
            added = holds.hold(wanted.stream()
                    .filter(port -> !before.ports().contains(port))
                    .toList());
            List<PublishedPort> after = Publishing.chosen(wanted, added);
            state.putPorts(owner, after, backends);
            applyRules.run();
            releaseUnpublished();
            forgetDatagrams(before.ports(), after, backends);
            return after;
        } catch (RuntimeException e) {
            added.forEach(holds::release);
            state.putPorts(owner, before.ports(), before.backends());
            holdAgain();
            throw e;
        }
    }

    /**
     * Takes these addresses out of every balance, until their owners publish again. Their interfaces go next: whoever
     * connects from now on is not sent to where nobody answers any more.
     */
    void withdraw(Set<Inet4Address> addresses) {
        boolean changed = false;
        for (StoredPorts stored : List.copyOf(state.ports().values())) {
            List<Inet4Address> left = stored.backends().stream()
                    .filter(backend -> !addresses.contains(backend))
                    .toList();
            if (left.size() < stored.backends().size()) {
                state.putPorts(stored.owner(), stored.ports(), left);
                changed = true;
            }
        }
        if (changed) {
            applyRules.run();
        }
    }

    /** Holds what is published and not held. What runs goes on being reached, even where that fails. */
    void holdAgain() {
        lost.clear();
        forgetUnpublished();
        for (StoredPorts stored : state.ports().values()) {
            for (PublishedPort port : stored.ports()) {
                if (!holds.holds(port)) {
                    holdAgain(stored.owner(), port);
                }
            }
        }
    }

    /** A daemon that was killed may have left the machine's ports to what is no more. */
    private void forgetUnpublished() {
        Set<PublishedPort> published = new HashSet<>();
        state.ports().values().forEach(stored -> published.addAll(stored.ports()));
        try {
            machine.keepOnly(published);
        } catch (BerthException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    private void holdAgain(String owner, PublishedPort port) {
        try {
            List<PublishedPort> held = holds.hold(List.of(port));
            LOG.debug("{} holds {}", owner, held);
        } catch (BerthException e) {
            LOG.warn("{}: {}", owner, e.getMessage());
            lost.put(PortHolds.Place.of(port), "published by " + owner + ": " + e.getMessage());
        }
    }

    /** Ports that another program took while no daemon held them. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>(lost.values());
        warnings.addAll(machine.warnings());
        return warnings;
    }

    private void releaseUnpublished() {
        Set<PortHolds.Place> places = new HashSet<>();
        state.ports().values().forEach(stored -> stored.ports().forEach(port -> places.add(PortHolds.Place.of(port))));
        holds.keepOnly(places);
        lost.keySet().retainAll(places);
    }

    /**
     * A client that sends datagrams from one port is one connection to the kernel for as long as it
     * sends: it would never meet a new backend, nor the first.
     */
    private void forgetDatagrams(List<PublishedPort> before, List<PublishedPort> after, List<Inet4Address> backends) {
        List<PublishedPort> datagrams = new ArrayList<>(before);
        datagrams.addAll(after);
        datagrams.removeIf(port -> !port.protocol().equals("udp"));
        if (datagrams.isEmpty()) {
            return;
        }
        Set<Inet4Address> own = wiring.ownAddresses();
        try (ConnectionTracking tracking = ConnectionTracking.open(host)) {
            for (Flow flow : tracking.flows()) {
                if (Publishing.isStale(flow, datagrams, after, backends, own)) {
                    tracking.forget(flow);
                }
            }
        }
    }

    @Override
    public void close() {
        holds.close();
    }
}
