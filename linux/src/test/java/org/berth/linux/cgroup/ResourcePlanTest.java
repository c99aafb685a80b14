package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Network;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which file gets which text in which order: all that can be shown of v2 where the kernel has v1. */
class ResourcePlanTest {
    /** v1 with every controller. */
    private static final String FULL = CgroupLayoutTest.LEGACY + """
            50 31 0:50 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
            51 31 0:51 / /sys/fs/cgroup/hugetlb rw - cgroup cgroup rw,hugetlb
            52 31 0:52 / /sys/fs/cgroup/rdma rw - cgroup cgroup rw,rdma
            53 31 0:53 / /sys/fs/cgroup/net rw - cgroup cgroup rw,net_cls,net_prio
            """;

    /** v1, but for huge pages, which the unified hierarchy has. */
    private static final String HYBRID =
            FULL.replace("rw,hugetlb", "rw,misc") + "60 31 0:60 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    private static final String UNIFIED = "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    @Test
    void legacy() {
        assertThat(lines(FULL, GroupResourcesExample.all(), true)).isEqualTo("""
                0-1 > /cpuset/g/cpuset.cpus
                0 > /cpuset/g/cpuset.mems
                a > /devices/g/devices.deny
                c 10:229 rw > /devices/g/devices.allow
                b 8:* r > /devices/g/devices.allow
                1 > /memory/g/memory.use_hierarchy
                either order:
                  67108864 > /memory/g/memory.limit_in_bytes
                  100663296 > /memory/g/memory.memsw.limit_in_bytes
                33554432 > /memory/g/memory.soft_limit_in_bytes
                512 > /cpu,cpuacct/g/cpu.shares
                either order:
                  100000 > /cpu,cpuacct/g/cpu.cfs_period_us
                  150000 > /cpu,cpuacct/g/cpu.cfs_quota_us
                  20000 > /cpu,cpuacct/g/cpu.cfs_burst_us
                100 > /pids/g/pids.max
                500 > /blkio/g/blkio.weight or 500 > /blkio/g/blkio.bfq.weight
                8:0 250 > /blkio/g/blkio.weight_device or 8:0 250 > /blkio/g/blkio.bfq.weight_device
                8:0 1048576 > /blkio/g/blkio.throttle.read_bps_device
                8:0 2097152 > /blkio/g/blkio.throttle.write_bps_device
                8:16 300 > /blkio/g/blkio.throttle.read_iops_device
                8:16 0 > /blkio/g/blkio.throttle.write_iops_device
                4194304 > /hugetlb/g/hugetlb.2MB.limit_in_bytes
                4194304 > /hugetlb/g/hugetlb.2MB.rsvd.limit_in_bytes (if it is there)
                mlx4_0 hca_object=1000 > /rdma/g/rdma.max
                mlx5_1 hca_handle=3 hca_object=10000 > /rdma/g/rdma.max""");
    }

    @Test
    void hybridTakesFromTheUnifiedHierarchyWhatItHas() {
        String legacy = lines(FULL, GroupResourcesExample.all(), true);
        assertThat(lines(HYBRID, GroupResourcesExample.all(), true))
                .isEqualTo(legacy.replace("/hugetlb/g/hugetlb.2MB.limit_in_bytes", "/unified/g/hugetlb.2MB.max")
                        .replace("/hugetlb/g/hugetlb.2MB.rsvd.limit_in_bytes", "/unified/g/hugetlb.2MB.rsvd.max"));
    }

    @Test
    void unified() {
        assertThat(lines(UNIFIED, GroupResourcesExample.all(), true)).isEqualTo("""
                0-1 > /g/cpuset.cpus
                0 > /g/cpuset.mems
                100 > /g/pids.max
                33554432 > /g/memory.swap.max
                67108864 > /g/memory.max
                33554432 > /g/memory.low
                500 > /g/io.bfq.weight or default 4950 > /g/io.weight
                8:0 250 > /g/io.bfq.weight or 8:0 2425 > /g/io.weight
                8:0 rbps=1048576 > /g/io.max
                8:0 wbps=2097152 > /g/io.max
                8:16 riops=300 > /g/io.max
                8:16 wiops=max > /g/io.max
                59 > /g/cpu.weight
                either order:
                  150000 100000 > /g/cpu.max
                  20000 > /g/cpu.max.burst
                4194304 > /g/hugetlb.2MB.max
                4194304 > /g/hugetlb.2MB.rsvd.max (if it is there)
                mlx4_0 hca_object=1000 > /g/rdma.max
                mlx5_1 hca_handle=3 hca_object=10000 > /g/rdma.max""");
    }

    @Test
    void devicesStayAsTheyAreOnAnUpdate() {
        assertThat(lines(FULL, GroupResources.NONE, false)).isEmpty();
        assertThat(lines(FULL, GroupResources.NONE, true))
                .startsWith("a > /devices/g/devices.deny\nc *:* m > /devices/g/devices.allow\n")
                .endsWith("c 136:* rwm > /devices/g/devices.allow");
    }

    @Test
    void noLimitIsWrittenAsTheKernelHasIt() {
        GroupResources none = GroupResourcesExample.memory(-1, -1);
        assertThat(lines(FULL, none, false))
                .contains("-1 > /memory/g/memory.limit_in_bytes")
                .contains("-1 > /memory/g/memory.memsw.limit_in_bytes (if it is there)");
        assertThat(lines(UNIFIED, none, false))
                .contains("max > /g/memory.max")
                .contains("max > /g/memory.swap.max (if it is there)");
    }

    @Test
    void swapMayBeNoneOfItsOwn() {
        assertThat(lines(UNIFIED, GroupResourcesExample.memory(1 << 20, 1 << 20), false))
                .contains("0 > /g/memory.swap.max (if it is there)");
    }

    @ParameterizedTest
    @CsvSource({
        "1024,512,expected at least the memory limit 1024",
        "-1,512,a limit of memory is needed",
        "0,512,a limit of memory is needed",
        "-2,0,expected bytes",
        "1024,-2,expected bytes"
    })
    void swapThatCannotBe(long limit, long swap, String message) {
        for (String mounts : List.of(FULL, UNIFIED)) {
            assertThatThrownBy(() -> lines(mounts, GroupResourcesExample.memory(limit, swap), true))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void whatOnlyLegacyHasIsRefusedByName() {
        Memory none = Memory.NONE;
        refused(
                GroupResourcesExample.with(new Memory(
                        none.limit(),
                        none.reservation(),
                        none.swap(),
                        OptionalLong.of(1),
                        none.kernelTcp(),
                        none.swappiness(),
                        none.useHierarchy(),
                        none.useHierarchy(),
                        false)),
                "kernel memory limit: cgroup v2 does not have it (memory.kmem.limit_in_bytes is a file of v1)");
        refused(
                GroupResourcesExample.with(new Memory(
                        none.limit(),
                        none.reservation(),
                        none.swap(),
                        none.kernel(),
                        OptionalLong.of(1),
                        none.swappiness(),
                        none.useHierarchy(),
                        none.useHierarchy(),
                        false)),
                "kernel TCP memory limit");
        refused(
                GroupResourcesExample.with(new Memory(
                        none.limit(),
                        none.reservation(),
                        none.swap(),
                        none.kernel(),
                        none.kernelTcp(),
                        OptionalLong.of(0),
                        Optional.empty(),
                        Optional.empty(),
                        false)),
                "memory swappiness");
        refused(
                GroupResourcesExample.with(new Memory(
                        none.limit(),
                        none.reservation(),
                        none.swap(),
                        none.kernel(),
                        none.kernelTcp(),
                        none.swappiness(),
                        Optional.of(true),
                        Optional.empty(),
                        false)),
                "disabled out of memory killer");
        refused(
                GroupResourcesExample.with(new Memory(
                        none.limit(),
                        none.reservation(),
                        none.swap(),
                        none.kernel(),
                        none.kernelTcp(),
                        none.swappiness(),
                        Optional.empty(),
                        Optional.of(false),
                        false)),
                "memory without hierarchy");
        refused(
                GroupResourcesExample.with(new BlockIo(OptionalInt.empty(), OptionalInt.of(10), List.of(), List.of())),
                "block io leaf weight");
        refused(GroupResourcesExample.with(new Network(OptionalLong.of(1), new TreeMap<>())), "network class id");
        refused(
                GroupResourcesExample.with(new Network(OptionalLong.empty(), new TreeMap<>(Map.of("eth0", 5L)))),
                "network priorities");
        Processor cpu = Processor.NONE;
        refused(
                GroupResourcesExample.with(new Processor(
                        cpu.shares(),
                        cpu.quota(),
                        cpu.burst(),
                        cpu.period(),
                        OptionalLong.of(1),
                        cpu.shares(),
                        Optional.empty(),
                        Optional.empty(),
                        cpu.idle())),
                "cpu real-time limit");
    }

    private static void refused(GroupResources resources, String message) {
        assertThatThrownBy(() -> lines(UNIFIED, resources, true))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(message);
        lines(FULL, resources, true);
    }

    @Test
    void controllerThatIsNotMountedIsNamed() {
        GroupResources network = GroupResourcesExample.with(new Network(OptionalLong.of(1), new TreeMap<>()));
        assertThatThrownBy(() -> lines(CgroupLayoutTest.LEGACY, network, true))
                .hasMessage("network class id: net_cls.classid is missing "
                        + "(the v1 controller net_cls is not mounted here)");
    }

    @Test
    void filesOfTheUnifiedHierarchy() {
        GroupResources files =
                GroupResourcesExample.unified(Map.of("memory.high", "1000\n", "io.max", "8:0 rbps=1\n8:16 rbps=2"));
        assertThat(lines(UNIFIED, files, false)).isEqualTo("""
                8:0 rbps=1 > /g/io.max
                8:16 rbps=2 > /g/io.max
                1000 > /g/memory.high""");
        assertThatThrownBy(() -> lines(HYBRID, files, false))
                .hasMessage("unified 'io.max': this machine has io on cgroup v1; expected cgroup v2");
        assertThat(lines(HYBRID, GroupResourcesExample.unified(Map.of("cgroup.max.depth", "3")), false))
                .isEqualTo("3 > /unified/g/cgroup.max.depth");
        for (String name : List.of("../x.y", "memory", "a/b.c", "")) {
            assertThatThrownBy(() -> lines(UNIFIED, GroupResourcesExample.unified(Map.of(name, "1")), false))
                    .hasMessageContaining("unified '" + name + "'");
        }
    }

    @ParameterizedTest
    @CsvSource({"2,1", "1024,100", "262144,10000", "1,1", "999999,10000", "512,59", "2048,174"})
    void sharesBecomeWeights(long shares, long weight) {
        assertThat(UnifiedResources.weight(shares)).isEqualTo(weight);
    }

    @ParameterizedTest
    @CsvSource({"10,1", "500,4950", "1000,10000"})
    void diskWeights(int weight, long cost) {
        assertThat(UnifiedResources.ioWeight(weight)).isEqualTo(cost);
    }

    private static String lines(String mounts, GroupResources resources, boolean creating) {
        CgroupLayout layout = CgroupLayout.parse(mounts);
        GroupFolders folders = GroupFolders.resolve(layout, new GroupPath.Absolute("g"), "");
        return ResourcePlan.of(folders, resources, creating).stream()
                .map(ResourceStep::toString)
                .collect(Collectors.joining("\n"))
                .replace("/sys/fs/cgroup", "");
    }
}
