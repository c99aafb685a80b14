package org.berth.network;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
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
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RuleWatch;
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
    private final Attachments attached;
    private final String table;
    private final NetworkNamespace host;
    private final SecureRandom random = new SecureRandom();
    private final SubnetPool pool;
    private final NetworkState state;
    private final Wiring wiring;
    private final HostPorts machine;
    private final PublishedPorts ports;
    private final HostResolvers resolvers;
    private final NameServices names;
    private final List<String> troubles = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Nftables.Batches batches = new Nftables.Batches();

    /** What the kernel's rules are as far as is known. */
    private Optional<Ruleset> applied = Optional.empty();

    private Optional<RuleWatch> watch = Optional.empty();
    private boolean closed;

    /** The networks of {@code instance} in the namespace of this process. Nothing is touched before {@link #restore}. */
    public LocalNetworks(Instance instance) {
        this(instance, NetworkNamespace.current(), new HostResolvers(RESOLVERS), HostPorts.of(instance));
        Thread.ofVirtual().name("load nftables").start(LocalNetworks::loadRules);
    }

    /** @param host the namespace that stands for the host */
    LocalNetworks(Instance instance, NetworkNamespace host, HostResolvers resolvers) {
        this(instance, host, resolvers, new HostPorts.SameNetwork());
    }

    private LocalNetworks(Instance instance, NetworkNamespace host, HostResolvers resolvers, HostPorts machine) {
        this.machine = machine;
        this.namespaces = new NamespaceFiles(instance.run().resolve("netns"));
        this.table = "berth_" + instance.tag();
        this.host = host;
        this.pool = new SubnetPool(instance.tag());
        this.state = new NetworkState(instance);
        this.wiring = new Wiring(host, instance.tag(), random);
        this.ports = new PublishedPorts(host, machine, state, wiring, this::applyRules);
        this.resolvers = resolvers;
        this.names = new NameServices(host, state, new Forwarder(host, resolvers::servers, random));
        this.attached = new Attachments(state, namespaces, wiring, names);
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
            attached.user(network).ifPresent(key -> {
                throw new BerthException(
                        ErrorCode.CONFLICT, "network " + network.name() + " is in use by " + key + "; detach it first");
            });
            takeDown(network);
            applyRules();
        });
    }

    private void takeDown(StoredNetwork network) {
        names.stop(network);
        attached.forget(network);
        wiring.removeBridge(network.bridge());
        state.removeNetwork(network.id());
    }

    @Override
    public Path createNamespace(String key) {
        return namespaces.create(key);
    }

    @Override
    public Path createNamespace(String key, Supplier<Descriptor> made) {
        return namespaces.create(key, made);
    }

    @Override
    public void removeNamespace(String key) {
        locked(() -> {
            ports.withdraw(state.attachments(key).stream()
                    .map(stored -> stored.attachment().address())
                    .collect(Collectors.toSet()));
            attached.removeAll(key);
            namespaces.remove(key);
        });
    }

    @Override
    public Attachment attach(String key, String networkId, Set<String> names) {
        return locked(() -> attached.add(key, state.existing(networkId), names));
    }

    @Override
    public void detach(String key, String networkId) {
        locked(() -> attached.remove(key, state.existing(networkId)));
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
            this.names.refresh(network);
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
            if (watch.isEmpty()) {
                watch = Optional.of(new RuleWatch(host, table, this::restoreRules));
            }
            applied = Optional.empty(); // whatever the kernel has
            attached.forgetEnded();
            troubles.clear();
            state.networks().forEach(network -> bringUp(network, () -> wiring.ensureBridge(network)));
            attached.repair();
            ports.holdAgain();
            state.networks().forEach(network -> bringUp(network, () -> names.serve(network)));
            if (!state.networks().isEmpty() || !state.ports().isEmpty()) {
                applyRules();
            } else {
                // nothing waits for it, and the library may not even be there
                Thread.ofVirtual().name("remove stale rules").start(this::removeStaleRules);
            }
        });
    }

    /** One network's trouble is not the others': it is said, and the daemon starts. */
    private void bringUp(StoredNetwork network, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("network {} could not be brought up", network.name(), e);
            troubles.add("network " + network.name() + " could not be brought up: " + e.getMessage());
        }
    }

    private void removeStaleRules() {
        locked(() -> {
            try {
                if (!closed && state.networks().isEmpty() && state.ports().isEmpty()) {
                    applyRules();
                }
            } catch (RuntimeException e) {
                LOG.debug("rules of before could not be removed: {}", e.getMessage());
            }
        });
    }

    @Override
    public List<String> warnings() {
        List<StoredNetwork> networks = locked(state::networks);
        List<String> warnings = new ArrayList<>(locked(() -> List.copyOf(troubles)));
        warnings.addAll(locked(ports::warnings));
        warnings.addAll(wiring.overlaps(networks));
        if (!networks.isEmpty() && !host.call(Wiring::isForwarding)) {
            warnings.add("forwarding is switched off on this host: containers reach no other hosts, nor these their"
                    + " published ports; switch it on with sysctl net.ipv4.ip_forward=1, or restart the daemon");
        }
        if (!networks.isEmpty()) {
            String rules = host.call(() -> Nftables.list("list ruleset"));
            warnings.addAll(ForeignFirewalls.warnings(rules, wiring.bridgePrefix()));
            host.<Optional<LegacyFilter>>call(LegacyFilter::read)
                    .ifPresent(filter -> warnings.addAll(ForeignFirewalls.warnings(filter, wiring.bridgePrefix())));
        }
        return warnings;
    }

    /** A firewall that was loaded anew has wiped our rules with its own. */
    private void restoreRules() {
        locked(() -> {
            try {
                boolean wanted = !closed
                        && (!state.networks().isEmpty() || !state.ports().isEmpty());
                if (wanted && !host.call(() -> Nftables.list("list tables")).contains("\"" + table + "\"")) {
                    LOG.info("another program removed the table {}: it is made again", table);
                    applied = Optional.empty();
                    applyRules();
                }
            } catch (RuntimeException e) {
                LOG.warn("rules that another program removed could not be made again: {}", e.getMessage());
            }
        });
    }

    @Override
    public void close() {
        Optional<RuleWatch> ended = locked(() -> {
            Optional<RuleWatch> had = watch;
            watch = Optional.empty();
            return had;
        });
        ended.ifPresent(RuleWatch::close); // without the lock, which it may wait for
        locked(() -> {
            closed = true;
            names.close();
            ports.close();
            wiring.close();
            batches.close();
        });
    }

    private void applyRules() {
        List<Ruleset.Bridge> bridges = state.networks().stream()
                .map(network ->
                        new Ruleset.Bridge(network.bridge(), network.range(), network.internal(), names.port(network)))
                .toList();
        List<BalancedPort> balanced = state.ports().values().stream()
                .flatMap(stored ->
                        stored.ports().stream().map(port -> new BalancedPort(machine.inside(port), stored.backends())))
                .toList();
        Ruleset rules = new Ruleset(table, bridges, balanced, OwnUserNamespace.isMachines());
        Optional<String> change = applied.flatMap(rules::renderChange);
        applied = Optional.empty();
        if (change.isEmpty() || !applyChange(change.get())) {
            String all = rules.render();
            host.run(() -> batches.apply(all));
        }
        applied = Optional.of(rules);
    }

    /** Whether the kernel took it: not where another program changed our rules. */
    private boolean applyChange(String change) {
        try {
            host.run(() -> batches.apply(change));
            return true;
        } catch (BerthException e) {
            LOG.debug("rules are made anew: {}", e.getMessage());
            return false;
        }
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
