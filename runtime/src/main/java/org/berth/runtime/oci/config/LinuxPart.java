package org.berth.runtime.oci.config;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.runtime.oci.config.Namespace.Kind;

/**
 * What config.json says under {@code linux}.
 *
 * @param timeOffsets by clock: "monotonic", "boottime"
 * @param rootfsPropagation MS_SHARED and the like with MS_REC; 0 for none given
 * @param personality PER_* of personality(2)
 * @param netDevices the host's interfaces to move in, with their new names
 * @param intelRdt whether there is a member intelRdt: cache allocation by resctrl
 */
public record LinuxPart(
        List<Namespace> namespaces,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        Map<String, TimeOffset> timeOffsets,
        List<Device> devices,
        Optional<String> cgroupsPath,
        Resources resources,
        Optional<Seccomp> seccomp,
        Map<String, String> sysctl,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        long rootfsPropagation,
        Optional<String> mountLabel,
        Optional<Personality> personality,
        Map<String, String> netDevices,
        Optional<MemoryPolicy> memoryPolicy,
        boolean intelRdt) {
    /** Nothing asked for. */
    public static final LinuxPart EMPTY = new LinuxPart(
            List.of(),
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            Optional.empty(),
            Resources.NONE,
            Optional.empty(),
            Map.of(),
            List.of(),
            List.of(),
            0,
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            false);

    private static final Map<String, Long> PROPAGATION = Map.of(
            "", 0L,
            "shared", 0x100000L,
            "rshared", 0x104000L,
            "slave", 0x80000L,
            "rslave", 0x84000L,
            "private", 0x40000L,
            "rprivate", 0x44000L,
            "unbindable", 0x20000L,
            "runbindable", 0x24000L);

    public LinuxPart {
        namespaces = List.copyOf(namespaces);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        timeOffsets = Map.copyOf(timeOffsets);
        devices = List.copyOf(devices);
        sysctl = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(sysctl));
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
        netDevices = Map.copyOf(netDevices);
    }

    /** How far a clock of the time namespace is ahead. */
    public record TimeOffset(long seconds, long nanoseconds) {
        private static final long NANOSECONDS_MAX = 999_999_999;

        static TimeOffset of(ConfigNode node) {
            return new TimeOffset(
                    node.member("secs").map(ConfigNode::number).orElse(0L),
                    node.member("nanosecs")
                            .map(nanos -> nanos.number(0, NANOSECONDS_MAX))
                            .orElse(0L));
        }
    }

    /** The execution domain of personality(2). */
    public enum Personality {
        LINUX(0),
        LINUX32(8);

        private final long number;

        Personality(long number) {
            this.number = number;
        }

        /** PER_LINUX or PER_LINUX32. */
        public long number() {
            return number;
        }
    }

    /** The namespace of a kind, if the container has one of its own. */
    public Optional<Namespace> namespace(Kind kind) {
        return namespaces.stream().filter(one -> one.kind() == kind).findFirst();
    }

    /** Whether a namespace of this kind is made or joined. */
    public boolean has(Kind kind) {
        return namespace(kind).isPresent();
    }

    /** Whether a namespace of this kind is made anew. */
    public boolean makes(Kind kind) {
        return namespace(kind).filter(one -> one.path().isEmpty()).isPresent();
    }

    /** The host's id of one of the user namespace's; empty where it is not mapped. */
    public static Optional<Long> hostId(List<IdMapping> mappings, long containerId) {
        return mappings.stream()
                .filter(one -> containerId >= one.containerId() && containerId - one.containerId() < one.size())
                .map(one -> one.hostId() + containerId - one.containerId())
                .findFirst();
    }

    /** The same with these mappings. */
    public LinuxPart withMappings(List<IdMapping> uids, List<IdMapping> gids) {
        return new LinuxPart(
                namespaces,
                uids,
                gids,
                timeOffsets,
                devices,
                cgroupsPath,
                resources,
                seccomp,
                sysctl,
                maskedPaths,
                readonlyPaths,
                rootfsPropagation,
                mountLabel,
                personality,
                netDevices,
                memoryPolicy,
                intelRdt);
    }

    static LinuxPart of(ConfigNode node) {
        return new LinuxPart(
                namespaces(node),
                node.list("uidMappings", IdMapping::of),
                node.list("gidMappings", IdMapping::of),
                timeOffsets(node),
                node.list("devices", Device::of),
                node.member("cgroupsPath", ConfigNode::text).filter(path -> !path.isEmpty()),
                node.member("resources", Resources::of).orElse(Resources.NONE),
                node.member("seccomp", Seccomp::of),
                node.map("sysctl", ConfigNode::text),
                node.texts("maskedPaths"),
                node.texts("readonlyPaths"),
                propagation(node),
                node.member("mountLabel", ConfigNode::text).filter(label -> !label.isEmpty()),
                node.member("personality", LinuxPart::personality),
                node.map(
                        "netDevices",
                        device -> device.member("name", ConfigNode::text).orElse("")),
                node.member("memoryPolicy", MemoryPolicy::of),
                node.member("intelRdt").isPresent());
    }

    private static List<Namespace> namespaces(ConfigNode node) {
        List<Namespace> namespaces = node.list("namespaces", Namespace::of);
        Set<Kind> seen = new HashSet<>();
        for (int i = 0; i < namespaces.size(); i++) {
            if (!seen.add(namespaces.get(i).kind())) {
                throw ConfigNode.error(
                        node.path() + ".namespaces[" + i + "].type",
                        "expected each type once, found a second \""
                                + namespaces.get(i).kind().key() + "\"");
            }
        }
        return namespaces;
    }

    private static Map<String, TimeOffset> timeOffsets(ConfigNode node) {
        Map<String, TimeOffset> offsets = node.map("timeOffsets", TimeOffset::of);
        offsets.keySet().forEach(clock -> {
            if (!clock.equals("monotonic") && !clock.equals("boottime")) {
                throw ConfigNode.error(
                        node.path() + ".timeOffsets", "expected monotonic or boottime, found \"" + clock + "\"");
            }
        });
        return offsets;
    }

    private static long propagation(ConfigNode node) {
        Optional<ConfigNode> member = node.member("rootfsPropagation");
        if (member.isEmpty()) {
            return 0;
        }
        Long flags = PROPAGATION.get(member.get().text());
        if (flags == null) {
            throw member.get()
                    .expected("one of "
                            + String.join(
                                    ", ",
                                    PROPAGATION.keySet().stream()
                                            .sorted()
                                            .skip(1)
                                            .toList()));
        }
        return flags;
    }

    private static Personality personality(ConfigNode node) {
        if (!node.texts("flags").isEmpty()) {
            throw ConfigNode.error(node.path() + ".flags", "expected none: no flag of a personality is supported");
        }
        return node.required("domain").oneOf(Personality.values());
    }
}
