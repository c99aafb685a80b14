package org.berth.linux.cgroup;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.DeviceWeight;
import org.berth.linux.cgroup.GroupResources.HugePages;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Network;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.cgroup.GroupResources.Rdma;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;

/** Resources for tests, one part at a time. */
final class GroupResourcesExample {
    private GroupResourcesExample() {}

    static GroupResources devices(DeviceAccess... list) {
        return GroupResources.NONE.withDevices(Optional.of(List.of(list)));
    }

    static GroupResources memory(long limit, long swap) {
        return with(new Memory(
                OptionalLong.of(limit),
                OptionalLong.of(limit / 2),
                OptionalLong.of(swap),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.of(true),
                false));
    }

    static GroupResources with(Memory memory) {
        return new GroupResources(
                Optional.empty(),
                memory,
                Processor.NONE,
                OptionalLong.empty(),
                BlockIo.NONE,
                List.of(),
                Network.NONE,
                new TreeMap<>(),
                new TreeMap<>());
    }

    static GroupResources with(Processor processor) {
        return new GroupResources(
                Optional.empty(),
                Memory.NONE,
                processor,
                OptionalLong.empty(),
                BlockIo.NONE,
                List.of(),
                Network.NONE,
                new TreeMap<>(),
                new TreeMap<>());
    }

    static GroupResources with(Network network) {
        return new GroupResources(
                Optional.empty(),
                Memory.NONE,
                Processor.NONE,
                OptionalLong.empty(),
                BlockIo.NONE,
                List.of(),
                network,
                new TreeMap<>(),
                new TreeMap<>());
    }

    static GroupResources with(BlockIo blockIo) {
        return new GroupResources(
                Optional.empty(),
                Memory.NONE,
                Processor.NONE,
                OptionalLong.empty(),
                blockIo,
                List.of(),
                Network.NONE,
                new TreeMap<>(),
                new TreeMap<>());
    }

    static GroupResources unified(Map<String, String> files) {
        return new GroupResources(
                Optional.empty(),
                Memory.NONE,
                Processor.NONE,
                OptionalLong.empty(),
                BlockIo.NONE,
                List.of(),
                Network.NONE,
                new TreeMap<>(),
                new TreeMap<>(files));
    }

    static GroupResources hugePages(String size, long bytes) {
        return new GroupResources(
                Optional.empty(),
                Memory.NONE,
                Processor.NONE,
                OptionalLong.empty(),
                BlockIo.NONE,
                List.of(new HugePages(size, bytes)),
                Network.NONE,
                new TreeMap<>(),
                new TreeMap<>());
    }

    static Processor processor(long quota, long period, long burst) {
        return new Processor(
                OptionalLong.of(512),
                OptionalLong.of(quota),
                OptionalLong.of(burst),
                OptionalLong.of(period),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.of("0-1"),
                Optional.of("0"),
                OptionalLong.empty());
    }

    /** Nearly everything that v1 and v2 both have. */
    static GroupResources all() {
        TreeMap<String, Rdma> rdma = new TreeMap<>();
        rdma.put("mlx5_1", new Rdma(OptionalLong.of(3), OptionalLong.of(10_000)));
        rdma.put("mlx4_0", new Rdma(OptionalLong.empty(), OptionalLong.of(1000)));
        return new GroupResources(
                Optional.of(List.of(
                        DeviceAccess.all(false),
                        new DeviceAccess(true, 'c', 10, 229, "rw"),
                        new DeviceAccess(true, 'b', 8, DeviceRule.ANY, "r"))),
                memory(64 << 20, 96 << 20).memory(),
                processor(150_000, 100_000, 20_000),
                OptionalLong.of(100),
                new BlockIo(
                        OptionalInt.of(500),
                        OptionalInt.empty(),
                        List.of(new DeviceWeight(8, 0, OptionalInt.of(250), OptionalInt.empty())),
                        List.of(
                                new Throttle(ThrottleKind.READ_BYTES_PER_SECOND, 8, 0, 1 << 20),
                                new Throttle(ThrottleKind.WRITE_BYTES_PER_SECOND, 8, 0, 2 << 20),
                                new Throttle(ThrottleKind.READS_PER_SECOND, 8, 16, 300),
                                new Throttle(ThrottleKind.WRITES_PER_SECOND, 8, 16, 0))),
                List.of(new HugePages("2MB", 4 << 20)),
                Network.NONE,
                rdma,
                new TreeMap<>());
    }
}
