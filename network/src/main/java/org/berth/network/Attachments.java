package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.network.NetworkState.StoredAttachment;
import org.berth.network.NetworkState.StoredNetwork;
import org.berth.network.Networks.Attachment;

/**
 * What is attached to networks: planned, recorded, then made in the kernel, so that nothing that was
 * made is unknown. Not safe for concurrent use: its owner holds a lock.
 */
final class Attachments {
    /** A subnet of so many addresses, or more, is gone through before one comes again. */
    private static final int PREFIX_ROOMY = 24;

    private final NetworkState state;
    private final NamespaceFiles namespaces;
    private final Wiring wiring;
    private final NameServices names;

    /** The offset of the address given last, by network. */
    private final Map<String, Long> lastOffsets = new HashMap<>();

    Attachments(NetworkState state, NamespaceFiles namespaces, Wiring wiring, NameServices names) {
        this.state = state;
        this.namespaces = namespaces;
        this.wiring = wiring;
        this.names = names;
    }

    /** {@link Networks#attach}. */
    Attachment add(String key, StoredNetwork network, Set<String> answered) {
        List<StoredAttachment> before = state.attachments(key);
        if (before.stream().anyMatch(stored -> isTo(stored, network))) {
            throw new BerthException(
                    ErrorCode.CONFLICT, key + " is attached to network " + network.name() + " already");
        }
        try (NetworkNamespace namespace = namespaces.open(key)) {
            StoredAttachment added = plan(network, before, answered);
            List<StoredAttachment> after = new ArrayList<>(before);
            after.add(added);
            state.putAttachments(key, after);
            try {
                wiring.connect(namespace, network, added);
            } catch (RuntimeException e) {
                wiring.disconnect(added.hostInterface());
                state.putAttachments(key, before);
                throw e;
            }
            names.refresh(network);
            return added.attachment();
        }
    }

    /** What an interface will be, before the kernel is asked. */
    private StoredAttachment plan(StoredNetwork network, List<StoredAttachment> before, Set<String> names) {
        Subnet subnet = network.range();
        if (subnet.prefix() > PREFIX_ROOMY) {
            wiring.settle(); // with few addresses, one that an interface on its way out still has would come again at
            // once
        }
        Set<Inet4Address> used =
                state.attachedTo(network.id()).stream().map(Attachment::address).collect(Collectors.toSet());
        long last = lastOffsets.computeIfAbsent(
                network.id(),
                id -> used.stream().mapToLong(subnet::offset).max().orElse(1));
        Inet4Address address = AddressPool.next(network.name(), subnet, last, used);
        lastOffsets.put(network.id(), subnet.offset(address));
        Set<String> taken = before.stream()
                .map(stored -> stored.attachment().interfaceName())
                .collect(Collectors.toSet());
        String interfaceName = IntStream.rangeClosed(0, before.size())
                .mapToObj(number -> "eth" + number)
                .filter(name -> !taken.contains(name))
                .findFirst()
                .orElseThrow();
        return new StoredAttachment(
                new Attachment(
                        network.id(),
                        interfaceName,
                        address,
                        subnet.prefix(),
                        subnet.gateway(),
                        MacAddress.of(address).text(),
                        Set.copyOf(names)),
                wiring.freshPairName(),
                !network.internal() && before.stream().noneMatch(StoredAttachment::defaultRoute));
    }

    /** {@link Networks#detach}. */
    void remove(String key, StoredNetwork network) {
        List<StoredAttachment> rest = new ArrayList<>(state.attachments(key));
        Optional<StoredAttachment> removed =
                rest.stream().filter(stored -> isTo(stored, network)).findFirst();
        if (removed.isEmpty()) {
            return;
        }
        rest.remove(removed.get());
        wiring.disconnect(removed.get().hostInterface());
        state.putAttachments(key, removed.get().defaultRoute() ? rerouted(key, rest) : rest);
        names.refresh(network);
    }

    /** Removes all interfaces of a namespace. */
    void removeAll(String key) {
        List<StoredAttachment> attachments = state.attachments(key);
        attachments.forEach(stored -> wiring.disconnectLater(stored.hostInterface()));
        state.putAttachments(key, List.of());
        attachments.forEach(
                stored -> state.find(stored.attachment().networkId()).ifPresent(names::refresh));
    }

    /** The default route went with its interface: the next that leads out takes it. */
    private List<StoredAttachment> rerouted(String key, List<StoredAttachment> attachments) {
        List<StoredAttachment> rerouted = new ArrayList<>(attachments);
        if (!namespaces.exists(key)) {
            return rerouted;
        }
        for (int i = 0; i < attachments.size(); i++) {
            StoredAttachment next = attachments.get(i);
            if (!state.existing(next.attachment().networkId()).internal()) {
                try (NetworkNamespace namespace = namespaces.open(key)) {
                    Wiring.addDefaultRoute(namespace, next.attachment().gateway());
                }
                rerouted.set(i, new StoredAttachment(next.attachment(), next.hostInterface(), true));
                break;
            }
        }
        return rerouted;
    }

    /** A namespace that is attached to a network. */
    Optional<String> user(StoredNetwork network) {
        return state.namespaces().entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(stored -> isTo(stored, network)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The network is gone. */
    void forget(StoredNetwork network) {
        lastOffsets.remove(network.id());
    }

    /** Forgets attachments whose namespace is gone. */
    void forgetEnded() {
        state.namespaces().forEach((key, attachments) -> {
            List<StoredAttachment> left = namespaces.exists(key)
                    ? attachments.stream()
                            .filter(stored ->
                                    state.find(stored.attachment().networkId()).isPresent())
                            .toList()
                    : List.of();
            if (left.size() != attachments.size()) {
                state.putAttachments(key, left);
            }
        });
    }

    /** Makes the kernel's interfaces those that are known. */
    void repair() {
        Map<String, String> pairs = new HashMap<>();
        state.namespaces()
                .values()
                .forEach(attachments -> attachments.forEach(stored -> pairs.put(
                        stored.hostInterface(),
                        state.existing(stored.attachment().networkId()).bridge())));
        wiring.repair(state.networks().stream().map(StoredNetwork::bridge).collect(Collectors.toSet()), pairs);
    }

    private static boolean isTo(StoredAttachment stored, StoredNetwork network) {
        return stored.attachment().networkId().equals(network.id());
    }
}
