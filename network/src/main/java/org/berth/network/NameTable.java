package org.berth.network;

import java.net.Inet4Address;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.network.Networks.Attachment;

/**
 * What the names of one network resolve to at one moment; immutable. Names are in lower case. A name
 * may be known and have no address: a service none of whose replicas is ready.
 */
record NameTable(
        String network,
        Subnet subnet,
        boolean internal,
        Map<String, List<Inet4Address>> addresses,
        Map<Inet4Address, String> names) {
    /** What reaches the host from a container, as other engines call it. */
    private static final List<String> HOST_NAMES = List.of("host.docker.internal", "gateway.docker.internal");

    /**
     * @param internal no way out of it
     * @param attached what is attached, whose names are answered at once
     * @param services what owners said ({@link Networks#setServices}): comes before a container's own names
     */
    static NameTable of(
            String network,
            Subnet subnet,
            boolean internal,
            Collection<Attachment> attached,
            Collection<Map<String, List<Inet4Address>>> services) {
        Map<String, Set<Inet4Address>> found = new HashMap<>();
        Map<Inet4Address, String> reverse = new HashMap<>();
        for (Map<String, List<Inet4Address>> owned : services) {
            owned.forEach((name, addresses) -> found.computeIfAbsent(lower(name), key -> new LinkedHashSet<>())
                    .addAll(addresses));
        }
        Set<String> serviceNames = Set.copyOf(found.keySet());
        for (Attachment attachment : attached) {
            for (String name : attachment.names().stream().sorted().toList()) {
                reverse.putIfAbsent(attachment.address(), lower(name));
                if (!serviceNames.contains(lower(name))) {
                    found.computeIfAbsent(lower(name), key -> new LinkedHashSet<>())
                            .add(attachment.address());
                }
            }
        }
        HOST_NAMES.forEach(name -> found.put(name, Set.of(subnet.gateway())));
        Map<String, List<Inet4Address>> addresses = new HashMap<>();
        found.forEach((name, set) -> addresses.put(name, List.copyOf(set)));
        return new NameTable(lower(network), subnet, internal, Map.copyOf(addresses), Map.copyOf(reverse));
    }

    /** The addresses of a name, also of "name.network"; empty for a name that is not of this network. */
    Optional<List<Inet4Address>> find(String name) {
        String wanted = lower(name);
        Optional<List<Inet4Address>> direct = Optional.ofNullable(addresses.get(wanted));
        String suffix = "." + network;
        return direct.isPresent() || !wanted.endsWith(suffix)
                ? direct
                : Optional.ofNullable(addresses.get(wanted.substring(0, wanted.length() - suffix.length())));
    }

    /** The name of an address, with the network's behind it. */
    Optional<String> find(Inet4Address address) {
        return Optional.ofNullable(names.get(address)).map(name -> name + "." + network);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
