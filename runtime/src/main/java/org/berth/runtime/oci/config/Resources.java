package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the container may use, for cgroups v1 and v2. Sizes in bytes, times in microseconds, -1 for no
 * limit.
 *
 * @param network v1 only
 * @param unified files of cgroup v2 with their values
 */
public record Resources(
        List<DeviceRule> devices,
        Optional<Memory> memory,
        Optional<Cpu> cpu,
        Optional<Long> pidsLimit,
        Optional<BlockIo> blockIo,
        List<HugePages> hugePages,
        Optional<Network> network,
        Map<String, Rdma> rdma,
        Map<String, String> unified) {
    /** No limit at all. */
    public static final Resources NONE = new Resources(
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Map.of(),
            Map.of());

    public Resources {
        devices = List.copyOf(devices);
        hugePages = List.copyOf(hugePages);
        rdma = Map.copyOf(rdma);
        unified = Map.copyOf(unified);
    }

    /** What kind of device a rule is for. */
    public enum DeviceType {
        ALL,
        CHARACTER,
        BLOCK
    }

    /**
     * A rule of the devices cgroup; later ones overrule earlier ones.
     *
     * @param major empty: any
     * @param access of r, w and m
     */
    public record DeviceRule(
            boolean allow, DeviceType type, Optional<Long> major, Optional<Long> minor, String access) {
        static DeviceRule of(ConfigNode node) {
            String access = node.member("access", ConfigNode::text).orElse("rwm");
            if (!access.matches("[rwm]*")) {
                throw node.required("access").expected("a text of r, w and m");
            }
            return new DeviceRule(
                    node.required("allow").flag(),
                    type(node),
                    number(node, "major"),
                    number(node, "minor"),
                    access.isEmpty() ? "rwm" : access);
        }

        private static DeviceType type(ConfigNode node) {
            return switch (node.member("type", ConfigNode::text).orElse("a")) {
                case "", "a" -> DeviceType.ALL;
                case "c" -> DeviceType.CHARACTER;
                case "b" -> DeviceType.BLOCK;
                default -> throw node.required("type").expected("one of a, c, b");
            };
        }

        private static Optional<Long> number(ConfigNode node, String name) {
            return node.member(name)
                    .map(value -> value.number(-1, 0xffff_ffffL))
                    .filter(value -> value >= 0);
        }
    }

    /** Memory. @param swap memory and swap together, as v1 counts */
    public record Memory(
            Optional<Long> limit,
            Optional<Long> reservation,
            Optional<Long> swap,
            Optional<Long> kernel,
            Optional<Long> kernelTcp,
            Optional<Long> swappiness,
            Optional<Boolean> disableOomKiller,
            Optional<Boolean> useHierarchy,
            boolean checkBeforeUpdate) {
        static Memory of(ConfigNode node) {
            return new Memory(
                    amount(node, "limit"),
                    amount(node, "reservation"),
                    amount(node, "swap"),
                    amount(node, "kernel"),
                    amount(node, "kernelTCP"),
                    node.member("swappiness").map(ConfigNode::unsigned),
                    node.member("disableOOMKiller").map(ConfigNode::flag),
                    node.member("useHierarchy").map(ConfigNode::flag),
                    node.flag("checkBeforeUpdate"));
        }
    }

    /** Processors. @param shares of v1, 2 to 262144; v2's weight is made of them */
    public record Cpu(
            Optional<Long> shares,
            Optional<Long> quota,
            Optional<Long> burst,
            Optional<Long> period,
            Optional<Long> realtimeRuntime,
            Optional<Long> realtimePeriod,
            Optional<String> processors,
            Optional<String> memoryNodes,
            Optional<Long> idle) {
        static Cpu of(ConfigNode node) {
            return new Cpu(
                    node.member("shares").map(ConfigNode::unsigned),
                    amount(node, "quota"),
                    node.member("burst").map(ConfigNode::unsigned),
                    node.member("period").map(ConfigNode::unsigned),
                    amount(node, "realtimeRuntime"),
                    node.member("realtimePeriod").map(ConfigNode::unsigned),
                    node.member("cpus", ConfigNode::text).filter(list -> !list.isEmpty()),
                    node.member("mems", ConfigNode::text).filter(list -> !list.isEmpty()),
                    amount(node, "idle"));
        }
    }

    /** Reads and writes of block devices. Weights 10 to 1000. */
    public record BlockIo(
            Optional<Long> weight,
            Optional<Long> leafWeight,
            List<WeightDevice> weightDevices,
            List<ThrottleDevice> readBytes,
            List<ThrottleDevice> writeBytes,
            List<ThrottleDevice> readOperations,
            List<ThrottleDevice> writeOperations) {
        public BlockIo {
            weightDevices = List.copyOf(weightDevices);
            readBytes = List.copyOf(readBytes);
            writeBytes = List.copyOf(writeBytes);
            readOperations = List.copyOf(readOperations);
            writeOperations = List.copyOf(writeOperations);
        }

        private static final int WEIGHT_MAX = 0xffff;

        static BlockIo of(ConfigNode node) {
            return new BlockIo(
                    weight(node, "weight"),
                    weight(node, "leafWeight"),
                    node.list("weightDevice", WeightDevice::of),
                    node.list("throttleReadBpsDevice", ThrottleDevice::of),
                    node.list("throttleWriteBpsDevice", ThrottleDevice::of),
                    node.list("throttleReadIOPSDevice", ThrottleDevice::of),
                    node.list("throttleWriteIOPSDevice", ThrottleDevice::of));
        }

        private static Optional<Long> weight(ConfigNode node, String name) {
            return node.member(name).map(weight -> weight.number(0, WEIGHT_MAX));
        }
    }

    /** A device's weight. */
    public record WeightDevice(long major, long minor, Optional<Long> weight, Optional<Long> leafWeight) {
        static WeightDevice of(ConfigNode node) {
            return new WeightDevice(
                    node.required("major").word(),
                    node.required("minor").word(),
                    BlockIo.weight(node, "weight"),
                    BlockIo.weight(node, "leafWeight"));
        }
    }

    /** A device's limit. @param rate a second, unsigned */
    public record ThrottleDevice(long major, long minor, long rate) {
        static ThrottleDevice of(ConfigNode node) {
            return new ThrottleDevice(
                    node.required("major").word(),
                    node.required("minor").word(),
                    node.required("rate").unsigned());
        }
    }

    /** Huge pages of one size. @param pageSize as the kernel's files name it: "2MB" */
    public record HugePages(String pageSize, long limit) {
        static HugePages of(ConfigNode node) {
            ConfigNode size = node.required("pageSize");
            if (!size.text().matches("[1-9][0-9]*[KMG]B")) {
                throw size.expected("a size as 64KB, 2MB or 1GB");
            }
            return new HugePages(size.text(), node.required("limit").unsigned());
        }
    }

    /** v1's net_cls and net_prio. @param priorities by interface */
    public record Network(Optional<Long> classId, Map<String, Long> priorities) {
        public Network {
            priorities = Map.copyOf(priorities);
        }

        static Network of(ConfigNode node) {
            Map<String, Long> priorities = new java.util.TreeMap<>();
            node.list(
                    "priorities",
                    one -> priorities.put(
                            one.required("name").text(),
                            one.required("priority").word()));
            return new Network(node.member("classID").map(ConfigNode::word), priorities);
        }
    }

    /** Resources of an RDMA device. */
    public record Rdma(Optional<Long> handles, Optional<Long> objects) {
        static Rdma of(ConfigNode node) {
            return new Rdma(
                    node.member("hcaHandles").map(ConfigNode::word),
                    node.member("hcaObjects").map(ConfigNode::word));
        }
    }

    private static Optional<Long> amount(ConfigNode node, String name) {
        return node.member(name).map(ConfigNode::number);
    }

    static Resources of(ConfigNode node) {
        return new Resources(
                node.list("devices", DeviceRule::of),
                node.member("memory", Memory::of),
                node.member("cpu", Cpu::of),
                node.member("pids").flatMap(pids -> pids.member("limit").map(ConfigNode::number)),
                node.member("blockIO", BlockIo::of),
                node.list("hugepageLimits", HugePages::of),
                node.member("network", Network::of),
                node.map("rdma", Rdma::of),
                node.map("unified", ConfigNode::text));
    }
}
