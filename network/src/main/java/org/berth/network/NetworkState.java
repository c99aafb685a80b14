package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.PublishedPort;
import org.berth.network.Records.Durability;

/**
 * What is known, in memory and in files. Networks are kept for good in {@code BERTH_ROOT/networks}.
 * What is attached, answered and published is true for this boot only, as namespaces end with the
 * machine: it is in {@code BERTH_RUN/network}, and what another boot wrote is not read. Not safe for
 * concurrent use: its owner holds a lock.
 */
final class NetworkState {
    private static final int VERSION = 1;
    private static final int ID_PREFIX_MIN = 4;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** A network as stored. */
    record StoredNetwork(
            String id, String name, String bridge, String subnet, boolean internal, Map<String, String> labels) {
        StoredNetwork {
            Subnet.parse(subnet); // refuses what is none, before a network is made of it
        }

        Subnet range() {
            return Subnet.parse(subnet);
        }
    }

    /**
     * One interface of a namespace.
     *
     * @param hostInterface the name of the pair's end on the host
     * @param defaultRoute whether the namespace's default route goes through it
     */
    record StoredAttachment(Attachment attachment, String hostInterface, boolean defaultRoute) {}

    /** A namespace's interfaces. */
    record StoredNamespace(String boot, List<StoredAttachment> attachments) {}

    /** What one owner wants answered in one network. */
    record StoredNames(String boot, String networkId, String owner, Map<String, List<Inet4Address>> names) {}

    /** What one owner has published. */
    record StoredPorts(String boot, String owner, List<PublishedPort> ports, List<Inet4Address> backends) {
        static StoredPorts none(String owner) {
            return new StoredPorts("", owner, List.of(), List.of());
        }
    }

    private final Records<StoredNetwork> networkRecords;
    private final Records<StoredNamespace> namespaceRecords;
    private final Records<StoredNames> nameRecords;
    private final Records<StoredPorts> portRecords;
    private final String boot = bootId();

    private final Map<String, StoredNetwork> networks = new LinkedHashMap<>();
    private final Map<String, List<StoredAttachment>> namespaces = new LinkedHashMap<>();
    private final Map<String, StoredNames> names = new LinkedHashMap<>();
    private final Map<String, StoredPorts> ports = new LinkedHashMap<>();

    NetworkState(Instance instance) {
        Path live = instance.run().resolve("network");
        networkRecords =
                new Records<>(instance.root().resolve("networks"), StoredNetwork.class, VERSION, Durability.LASTING);
        namespaceRecords =
                new Records<>(live.resolve("attachments"), StoredNamespace.class, VERSION, Durability.WHILE_RUNNING);
        nameRecords = new Records<>(live.resolve("names"), StoredNames.class, VERSION, Durability.WHILE_RUNNING);
        portRecords = new Records<>(live.resolve("ports"), StoredPorts.class, VERSION, Durability.WHILE_RUNNING);
        load();
    }

    private void load() {
        networks.putAll(networkRecords.all());
        namespaceRecords.all().forEach((key, namespace) -> {
            if (namespace.boot().equals(boot)) {
                namespaces.put(key, namespace.attachments());
            } else {
                namespaceRecords.remove(key);
            }
        });
        nameRecords.all().forEach((key, stored) -> {
            if (stored.boot().equals(boot) && networks.containsKey(stored.networkId())) {
                names.put(key, stored);
            } else {
                nameRecords.remove(key);
            }
        });
        portRecords.all().forEach((key, stored) -> {
            if (stored.boot().equals(boot)) {
                ports.put(key, stored);
            } else {
                portRecords.remove(key);
            }
        });
    }

    List<StoredNetwork> networks() {
        return List.copyOf(networks.values());
    }

    /** By id, by name, or by the beginning of one id only. */
    Optional<StoredNetwork> find(String nameOrId) {
        return Optional.ofNullable(networks.get(nameOrId))
                .or(() -> networks.values().stream()
                        .filter(network -> network.name().equals(nameOrId))
                        .findFirst())
                .or(() -> {
                    List<StoredNetwork> beginning = networks.values().stream()
                            .filter(network -> nameOrId.length() >= ID_PREFIX_MIN
                                    && network.id().startsWith(nameOrId))
                            .toList();
                    return beginning.size() == 1 ? Optional.of(beginning.getFirst()) : Optional.empty();
                });
    }

    /** @throws BerthException NOT_FOUND */
    StoredNetwork existing(String nameOrId) {
        return find(nameOrId)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "no such network: " + nameOrId));
    }

    void putNetwork(StoredNetwork network) {
        networkRecords.put(network.id(), network);
        networks.put(network.id(), network);
    }

    void removeNetwork(String id) {
        names.values().stream()
                .filter(stored -> stored.networkId().equals(id))
                .toList()
                .forEach(this::removeNames);
        networkRecords.remove(id);
        networks.remove(id);
    }

    /** The interfaces of a namespace, oldest first. */
    List<StoredAttachment> attachments(String key) {
        return namespaces.getOrDefault(key, List.of());
    }

    /** Every namespace that has interfaces, with them. */
    Map<String, List<StoredAttachment>> namespaces() {
        return Map.copyOf(namespaces);
    }

    void putAttachments(String key, List<StoredAttachment> attachments) {
        if (attachments.isEmpty()) {
            namespaceRecords.remove(key);
            namespaces.remove(key);
        } else {
            namespaceRecords.put(key, new StoredNamespace(boot, attachments));
            namespaces.put(key, List.copyOf(attachments));
        }
    }

    /** Everything that is attached to a network. */
    List<Attachment> attachedTo(String networkId) {
        List<Attachment> attached = new ArrayList<>();
        namespaces
                .values()
                .forEach(list -> list.stream()
                        .map(StoredAttachment::attachment)
                        .filter(attachment -> attachment.networkId().equals(networkId))
                        .forEach(attached::add));
        return attached;
    }

    void putNames(String networkId, String owner, Map<String, List<Inet4Address>> answered) {
        StoredNames stored = new StoredNames(boot, networkId, owner, answered);
        if (answered.isEmpty()) {
            removeNames(stored);
        } else {
            nameRecords.put(key(stored), stored);
            names.put(key(stored), stored);
        }
    }

    private void removeNames(StoredNames stored) {
        nameRecords.remove(key(stored));
        names.remove(key(stored));
    }

    /** What owners want answered in a network. */
    List<Map<String, List<Inet4Address>>> names(String networkId) {
        return names.values().stream()
                .filter(stored -> stored.networkId().equals(networkId))
                .map(StoredNames::names)
                .toList();
    }

    /** What is published, by owner. */
    Map<String, StoredPorts> ports() {
        return Map.copyOf(ports);
    }

    void putPorts(String owner, List<PublishedPort> published, List<Inet4Address> backends) {
        if (published.isEmpty()) {
            portRecords.remove(owner);
            ports.remove(owner);
        } else {
            StoredPorts stored = new StoredPorts(boot, owner, List.copyOf(published), List.copyOf(backends));
            portRecords.put(owner, stored);
            ports.put(owner, stored);
        }
    }

    private static String key(StoredNames stored) {
        return stored.networkId() + " " + stored.owner();
    }

    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + BOOT_ID + ": " + e.getMessage(), e);
        }
    }
}
