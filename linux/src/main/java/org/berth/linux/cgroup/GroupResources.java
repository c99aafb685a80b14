package org.berth.linux.cgroup;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that can be set on a group of processes, in the words and units of OCI's
 * {@code linux.resources} (runtime-spec, config-linux.md). What is empty is left as the kernel has it.
 * Values are v1's; what they become on v2 is the plan's affair.
 *
 * @param devices in order; on creation empty means {@link DeviceRule#STANDARD} alone, on an update
 *     that devices stay as they are. Use {@link DeviceAccess#withStandard} for a container's list
 * @param pids processes and threads; -1 without a limit
 * @param hugePages limits by page size, as the kernel names it: "2MB", "1GB"
 * @param rdma by device name
 * @param unified v2 files by name ("memory.high") and what is written to them, line by line; on v1 refused
 */
public record GroupResources(
        Optional<List<DeviceAccess>> devices,
        Memory memory,
        Processor processor,
        OptionalLong pids,
        BlockIo blockIo,
        List<HugePages> hugePages,
        Network network,
        SortedMap<String, Rdma> rdma,
        SortedMap<String, String> unified) {
    /** Nothing is set. */
    public static final GroupResources NONE = new GroupResources(
            Optional.empty(),
            Memory.NONE,
            Processor.NONE,
            OptionalLong.empty(),
            BlockIo.NONE,
            List.of(),
            Network.NONE,
            new TreeMap<>(),
            new TreeMap<>());

    public GroupResources {
        devices = devices.map(List::copyOf);
        hugePages = List.copyOf(hugePages);
        rdma = Collections.unmodifiableSortedMap(new TreeMap<>(rdma));
        unified = Collections.unmodifiableSortedMap(new TreeMap<>(unified));
    }

    /** The same with other devices. */
    public GroupResources withDevices(Optional<List<DeviceAccess>> others) {
        return new GroupResources(others, memory, processor, pids, blockIo, hugePages, network, rdma, unified);
    }

    /** The same with other use of disks. */
    public GroupResources withBlockIo(BlockIo other) {
        return new GroupResources(devices, memory, processor, pids, other, hugePages, network, rdma, unified);
    }

    /**
     * Memory, in bytes; -1 without a limit.
     *
     * @param limit of memory
     * @param reservation what is left to the group when memory is short, at best
     * @param swap of memory and swap together
     * @param kernel of the kernel's memory, v1 only
     * @param kernelTcp of TCP's buffers, v1 only
     * @param swappiness 0 to 100, v1 only
     * @param disableOutOfMemoryKiller processes wait for memory instead of being killed, v1 only
     * @param useHierarchy whether groups below count; newer kernels know only true
     * @param checkBeforeUpdate whether a limit below what is in use is refused
     */
    public record Memory(
            OptionalLong limit,
            OptionalLong reservation,
            OptionalLong swap,
            OptionalLong kernel,
            OptionalLong kernelTcp,
            OptionalLong swappiness,
            Optional<Boolean> disableOutOfMemoryKiller,
            Optional<Boolean> useHierarchy,
            boolean checkBeforeUpdate) {
        public static final Memory NONE = new Memory(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /**
     * Processor time, in microseconds.
     *
     * @param shares weight against other groups, 2 to 262144
     * @param quota time in each period; -1 without a limit
     * @param burst time that may be saved up from periods in which less was used
     * @param realtimeRuntime and {@code realtimePeriod}: for real-time scheduling, v1 only
     * @param processors list of those it may run on: "0-3,7"
     * @param memoryNodes list of those it may have memory of
     * @param idle 1: runs only when nobody else wants to (SCHED_IDLE)
     */
    public record Processor(
            OptionalLong shares,
            OptionalLong quota,
            OptionalLong burst,
            OptionalLong period,
            OptionalLong realtimeRuntime,
            OptionalLong realtimePeriod,
            Optional<String> processors,
            Optional<String> memoryNodes,
            OptionalLong idle) {
        public static final Processor NONE = new Processor(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty());
    }

    /**
     * Use of disks.
     *
     * @param weight against other groups, 10 to 1000
     * @param leafWeight against the groups below it, v1 only
     * @param throttles limits by device
     */
    public record BlockIo(
            OptionalInt weight, OptionalInt leafWeight, List<DeviceWeight> deviceWeights, List<Throttle> throttles) {
        public static final BlockIo NONE = new BlockIo(OptionalInt.empty(), OptionalInt.empty(), List.of(), List.of());

        public BlockIo {
            deviceWeights = List.copyOf(deviceWeights);
            throttles = List.copyOf(throttles);
        }
    }

    /** The weight of one disk. */
    public record DeviceWeight(long major, long minor, OptionalInt weight, OptionalInt leafWeight) {}

    /** What a limit of a disk counts. */
    public enum ThrottleKind {
        READ_BYTES_PER_SECOND("blkio.throttle.read_bps_device", "rbps"),
        WRITE_BYTES_PER_SECOND("blkio.throttle.write_bps_device", "wbps"),
        READS_PER_SECOND("blkio.throttle.read_iops_device", "riops"),
        WRITES_PER_SECOND("blkio.throttle.write_iops_device", "wiops");

        private final String legacyFile;
        private final String key;

        ThrottleKind(String legacyFile, String key) {
            this.legacyFile = legacyFile;
            this.key = key;
        }

        String legacyFile() {
            return legacyFile;
        }

        /** In v2's io.max. */
        String key() {
            return key;
        }
    }

    /** A limit of one disk. @param rate bytes or operations in a second; 0 takes the limit away */
    public record Throttle(ThrottleKind kind, long major, long minor, long rate) {}

    /** @param pageSize "2MB" @param limit bytes */
    public record HugePages(String pageSize, long limit) {}

    /**
     * v1 only.
     *
     * @param classId marks packets for tc(8)
     * @param priorities by interface
     */
    public record Network(OptionalLong classId, SortedMap<String, Long> priorities) {
        public static final Network NONE = new Network(OptionalLong.empty(), new TreeMap<>());

        public Network {
            priorities = Collections.unmodifiableSortedMap(new TreeMap<>(priorities));
        }
    }

    /** Limits of an RDMA device's handles and objects. */
    public record Rdma(OptionalLong handles, OptionalLong objects) {}
}
