package org.berth.network;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.nftables.LegacyFilter;
import org.berth.linux.nftables.Nftables;
import org.berth.network.NetworkState.StoredAttachment;
import org.berth.network.NetworkState.StoredNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this machine. One lock orders every change: first the record, then the kernel, so
 * that whatever a killed daemon left half done is known, or bears the instance's tag and is removed
 * by {@link #restore}.
 */
public final class LocalNetworks implements Networks {
    private static final Logger LOG = LoggerFactory.getLogger(LocalNetworks.class);
    private static final Path RESOLVERS = Path.of("/etc/resolv.conf");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");
    private static final int ID_BYTES = 32;
    private static final int ID_PREFIX_MIN = 4;
    private static final int PREFIX_MIN = 8;
    private static final int PREFIX_MAX = 29;

    private final NamespaceFiles namespaces;
    private final String table;
    private final NetworkNamespace host;
    private final SecureRandom random = new SecureRandom();
    private final SubnetPool pool;
    private final NetworkState state;
    private final Wiring wiring;
    private final PublishedPorts ports;
    private final HostResolvers resolvers;
    private final NameServices names;
    private final Map<String, Long> lastOffsets = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** The networks of {@code instance} in the namespace of this process. Nothing is touched before {@link #restore}. */
    public LocalNetworks(Instance instance) {
        this(instance, NetworkNamespace.current(), new HostResolvers(RESOLVERS));
        Thread.ofVirtual().name("load nftables").start(LocalNetworks::loadRules);
    }

    /** @param host the namespace that stands for the host */
    LocalNetworks(Instance instance, NetworkNamespace host, HostResolvers resolvers) {
        this.namespaces = new NamespaceFiles(instance.run().resolve("netns"));
        this.table = "berth_" + instance.tag();
        this.host = host;
        this.pool = new SubnetPool(instance.tag());
        this.state = new NetworkState(instance);
        this.wiring = new Wiring(host, instance.tag(), random);
        this.ports = new PublishedPorts(host, state, wiring, this::applyRules);
        this.resolvers = resolvers;
        this.names = new NameServices(host, state, new Forwarder(host, resolvers::servers, random));
    }

    /** Loading takes some 100 ms: done ahead, it is not in the way of the first container. */
    private static void loadRules() {
        try {
            Nftables.load();
        } catch (RuntimeException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    @Override
    public Network create(String name, Optional<String> subnet, boolean internal, Map<String, String> labels) {
        return locked(() -> {
            if (!NAME.matcher(name).matches()) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "network name " + name
                                + ": expected letters, digits, '_', '.', '-', the first a letter or digit");
            }
            if (state.networks().stream().anyMatch(network -> network.name().equals(name))) {
                throw new BerthException(
                        ErrorCode.CONFLICT, "network " + name + " exists already; remove it or choose another name");
            }
            StoredNetwork network = new StoredNetwork(
                    freshId(),
                    name,
                    wiring.freshBridgeName(),
                    range(name, subnet).toString(),
                    internal,
                    Map.copyOf(labels));
            state.putNetwork(network);
            try {
                wiring.ensureBridge(network);
                names.serve(network);
                applyRules();
            } catch (RuntimeException e) {
                takeDown(network);
                throw e;
            }
            return described(network);
        });
    }

    private Subnet range(String name, Optional<String> wanted) {
        Set<Subnet> taken = new LinkedHashSet<>(wiring.routed());
        state.networks().forEach(network -> taken.add(network.range()));
        if (wanted.isEmpty()) {
            resolvers.servers().stream()
                    .map(InetSocketAddress::getAddress)
                    .filter(Inet4Address.class::isInstance)
                    .forEach(address -> taken.add(Subnet.of((Inet4Address) address, 32)));
            return pool.choose(taken);
        }
        Subnet subnet = Subnet.parse(wanted.get());
        if (subnet.prefix() < PREFIX_MIN || subnet.prefix() > PREFIX_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "network " + name + ": subnet " + subnet + " must have a prefix of " + PREFIX_MIN + " to "
                            + PREFIX_MAX);
        }
        SubnetPool.overlapping(subnet, taken).ifPresent(other -> {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "network " + name + ": subnet " + subnet + " overlaps " + other
                            + ", which this host has a route to; choose another");
        });
        return subnet;
    }

    @Override
    public Optional<Network> find(String nameOrId) {
        return locked(() -> state.find(nameOrId).map(LocalNetworks::described));
    }

    @Override
    public List<Network> list() {
        return locked(
                () -> state.networks().stream().map(LocalNetworks::described).toList());
    }

    @Override
    public void remove(String nameOrId) {
        locked(() -> {
            StoredNetwork network = state.existing(nameOrId);
            state.namespaces()
                    .forEach((key, attachments) -> attachments.stream()
                            .filter(stored -> stored.attachment().networkId().equals(network.id()))
                            .findFirst()
                            .ifPresent(stored -> {
                                throw new BerthException(
                                        ErrorCode.CONFLICT,
                                        "network " + network.name() + " is in use by " + key + "; detach it first");
                            }));
            takeDown(network);
            applyRules();
        });
    }

    private void takeDown(StoredNetwork network) {
        names.stop(network);
        lastOffsets.remove(network.id());
        wiring.removeBridge(network.bridge());
        state.removeNetwork(network.id());
    }

    @Override
    public Path createNamespace(String key) {
        return namespaces.create(key);
    }

    @Override
    public void removeNamespace(String key) {
        locked(() -> {
            List<StoredAttachment> attachments = state.attachments(key);
            attachments.forEach(stored -> wiring.disconnect(stored.hostInterface()));
            state.putAttachments(key, List.of());
            attachments.forEach(stored -> answerAnew(stored.attachment().networkId()));
            namespaces.remove(key);
        });
    }

    @Override
    public Attachment attach(String key, String networkId, Set<String> names) {
        return locked(() -> {
            StoredNetwork network = state.existing(networkId);
            List<StoredAttachment> before = state.attachments(key);
            if (before.stream()
                    .anyMatch(stored -> stored.attachment().networkId().equals(network.id()))) {
                throw new BerthException(
                        ErrorCode.CONFLICT, key + " is attached to network " + network.name() + " already");
            }
            try (NetworkNamespace namespace = namespaces.open(key)) {
                StoredAttachment added = plan(network, before, names);
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
                answerAnew(network.id());
                return added.attachment();
            }
        });
    }

    private StoredAttachment plan(StoredNetwork network, List<StoredAttachment> before, Set<String> names) {
        Subnet subnet = network.range();
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

    @Override
    public void detach(String key, String networkId) {
        locked(() -> {
            StoredNetwork network = state.existing(networkId);
            List<StoredAttachment> rest = new ArrayList<>(state.attachments(key));
            Optional<StoredAttachment> removed = rest.stream()
                    .filter(stored -> stored.attachment().networkId().equals(network.id()))
                    .findFirst();
            if (removed.isEmpty()) {
                return;
            }
            rest.remove(removed.get());
            wiring.disconnect(removed.get().hostInterface());
            state.putAttachments(key, removed.get().defaultRoute() ? rerouted(key, rest) : rest);
            answerAnew(network.id());
        });
    }

    /** The default route went with its interface: the next that leads out takes it. */
    private List<StoredAttachment> rerouted(String key, List<StoredAttachment> attachments) {
        List<StoredAttachment> rerouted = new ArrayList<>(attachments);
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

    @Override
    public List<Attachment> attachments(String key) {
        return locked(() -> state.attachments(key).stream()
                .map(StoredAttachment::attachment)
                .toList());
    }

    @Override
    public void setServices(String networkId, String owner, Map<String, List<Inet4Address>> names) {
        locked(() -> {
            StoredNetwork network = state.existing(networkId);
            state.putNames(network.id(), owner, names);
            answerAnew(network.id());
        });
    }

    @Override
    public List<PublishedPort> publish(String owner, List<PublishedPort> ports, List<Inet4Address> backends) {
        return locked(() -> this.ports.publish(owner, ports, backends));
    }

    @Override
    public Map<String, List<PublishedPort>> published() {
        return locked(() -> state.ports().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().ports())));
    }

    @Override
    public void restore() {
        locked(() -> {
            forgetEnded();
            state.networks().forEach(wiring::ensureBridge);
            Map<String, String> pairs = new HashMap<>();
            state.namespaces()
                    .values()
                    .forEach(attachments -> attachments.forEach(stored -> pairs.put(
                            stored.hostInterface(),
                            state.existing(stored.attachment().networkId()).bridge())));
            wiring.repair(state.networks().stream().map(StoredNetwork::bridge).collect(Collectors.toSet()), pairs);
            ports.holdAgain();
            state.networks().forEach(names::serve);
            applyRules();
        });
    }

    /** Forgets attachments whose namespace is gone. */
    private void forgetEnded() {
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

    @Override
    public List<String> warnings() {
        List<StoredNetwork> networks = locked(state::networks);
        List<String> warnings = new ArrayList<>(locked(ports::warnings));
        warnings.addAll(wiring.overlaps(networks));
        if (!networks.isEmpty()) {
            String rules = host.call(() -> Nftables.list("list ruleset"));
            warnings.addAll(ForeignFirewalls.warnings(rules, wiring.bridgePrefix()));
            host.<Optional<LegacyFilter>>call(LegacyFilter::read)
                    .ifPresent(filter -> warnings.addAll(ForeignFirewalls.warnings(filter, wiring.bridgePrefix())));
        }
        return warnings;
    }

    @Override
    public void close() {
        locked(() -> {
            names.close();
            ports.close();
            wiring.close();
        });
    }

    private void applyRules() {
        List<Ruleset.Bridge> bridges = state.networks().stream()
                .map(network ->
                        new Ruleset.Bridge(network.bridge(), network.range(), network.internal(), names.port(network)))
                .toList();
        List<Ruleset.Balanced> balanced = state.ports().values().stream()
                .flatMap(stored -> stored.ports().stream().map(port -> new Ruleset.Balanced(port, stored.backends())))
                .toList();
        String rules = new Ruleset(table, bridges, balanced).render();
        host.run(() -> Nftables.apply(rules));
    }

    private void answerAnew(String networkId) {
        state.find(networkId).ifPresent(names::refresh);
    }

    private static Network described(StoredNetwork network) {
        return new Network(
                network.id(),
                network.name(),
                network.bridge(),
                network.subnet(),
                network.range().gateway(),
                network.internal(),
                network.labels());
    }

    private String freshId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }
}
