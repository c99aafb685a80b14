package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is written, line by line: it is all that can be shown of v2 on a machine that has v1. */
class CgroupPlanTest {
    private static final CgroupLimits ALL = new CgroupLimits(
            OptionalLong.of(64 << 20),
            OptionalDouble.of(1.5),
            OptionalLong.of(512),
            OptionalLong.of(100),
            List.of(new DeviceRule('c', 1, 3, "rwm"), new DeviceRule('b', DeviceRule.ANY, DeviceRule.ANY, "m")));
    private static final CgroupLimits NONE = new CgroupLimits(
            OptionalLong.empty(), OptionalDouble.empty(), OptionalLong.empty(), OptionalLong.empty(), List.of());

    @Test
    void legacyLimits() {
        assertThat(lines(CgroupLayoutTest.LEGACY, "create", ALL)).isEqualTo("""
                        a > /sys/fs/cgroup/devices/berth-t/one/devices.deny
                        c 1:3 rwm > /sys/fs/cgroup/devices/berth-t/one/devices.allow
                        b *:* m > /sys/fs/cgroup/devices/berth-t/one/devices.allow
                        67108864 > /sys/fs/cgroup/memory/berth-t/one/memory.limit_in_bytes
                        67108864 > /sys/fs/cgroup/memory/berth-t/one/memory.memsw.limit_in_bytes (if it is there)
                        100000 > /sys/fs/cgroup/cpu,cpuacct/berth-t/one/cpu.cfs_period_us
                        150000 > /sys/fs/cgroup/cpu,cpuacct/berth-t/one/cpu.cfs_quota_us
                        512 > /sys/fs/cgroup/cpu,cpuacct/berth-t/one/cpu.shares
                        100 > /sys/fs/cgroup/pids/berth-t/one/pids.max""");
    }

    @Test
    void hybridLimitsAreLegacyLimits() {
        assertThat(lines(CgroupLayoutTest.HYBRID, "create", ALL))
                .isEqualTo(lines(CgroupLayoutTest.LEGACY, "create", ALL));
    }

    @Test
    void unifiedLimits() {
        assertThat(lines(CgroupLayoutTest.UNIFIED, "create", ALL)).isEqualTo("""
                        67108864 > /sys/fs here/cgroup/berth-t/one/memory.max
                        0 > /sys/fs here/cgroup/berth-t/one/memory.swap.max (if it is there)
                        150000 100000 > /sys/fs here/cgroup/berth-t/one/cpu.max
                        59 > /sys/fs here/cgroup/berth-t/one/cpu.weight
                        100 > /sys/fs here/cgroup/berth-t/one/pids.max""");
    }

    @Test
    void noLimitsWriteNothingButDevices() {
        assertThat(lines(CgroupLayoutTest.LEGACY, "create", NONE))
                .isEqualTo("a > /sys/fs/cgroup/devices/berth-t/one/devices.deny");
        assertThat(lines(CgroupLayoutTest.UNIFIED, "create", NONE)).isEmpty();
    }

    @Test
    void legacyUpdateRaisesMemoryWithSwapFirst() {
        assertThat(lines(CgroupLayoutTest.LEGACY, "update", ALL))
                .startsWith("""
                        -1 > /sys/fs/cgroup/memory/berth-t/one/memory.memsw.limit_in_bytes (if it is there)
                        67108864 > /sys/fs/cgroup/memory/berth-t/one/memory.limit_in_bytes
                        """)
                .doesNotContain("devices");
    }

    @Test
    void updateToNoLimitsTakesThemAway() {
        assertThat(lines(CgroupLayoutTest.LEGACY, "update", NONE)).isEqualTo("""
                        -1 > /sys/fs/cgroup/memory/berth-t/one/memory.memsw.limit_in_bytes (if it is there)
                        -1 > /sys/fs/cgroup/memory/berth-t/one/memory.limit_in_bytes
                        -1 > /sys/fs/cgroup/cpu,cpuacct/berth-t/one/cpu.cfs_quota_us (if it is there)
                        1024 > /sys/fs/cgroup/cpu,cpuacct/berth-t/one/cpu.shares
                        max > /sys/fs/cgroup/pids/berth-t/one/pids.max (if it is there)""");
        assertThat(lines(CgroupLayoutTest.UNIFIED, "update", NONE)).isEqualTo("""
                        max > /sys/fs here/cgroup/berth-t/one/memory.max (if it is there)
                        max > /sys/fs here/cgroup/berth-t/one/memory.swap.max (if it is there)
                        max 100000 > /sys/fs here/cgroup/berth-t/one/cpu.max (if it is there)
                        100 > /sys/fs here/cgroup/berth-t/one/cpu.weight (if it is there)
                        max > /sys/fs here/cgroup/berth-t/one/pids.max (if it is there)""");
    }

    @Test
    void controllersAreHandedDownWhereTheKernelHasThem() {
        assertThat(CgroupPlan.handDown(Path.of("/g"), Set.of("cpuset", "memory", "cpu")))
                .extracting(CgroupWrite::toString)
                .containsExactly(
                        "+cpu > /g/cgroup.subtree_control",
                        "+cpuset > /g/cgroup.subtree_control",
                        "+memory > /g/cgroup.subtree_control");
    }

    @Test
    void wrongLimitsAreRefused() {
        assertThatThrownBy(() -> limits(OptionalLong.of(1), OptionalDouble.empty()))
                .hasMessageContaining("memory limit 1");
        assertThatThrownBy(() -> limits(OptionalLong.empty(), OptionalDouble.of(Double.NaN)))
                .hasMessageContaining("cpus NaN");
        assertThatThrownBy(() -> limits(OptionalLong.empty(), OptionalDouble.of(-1)))
                .hasMessageContaining("cpus -1");
    }

    private static CgroupLimits limits(OptionalLong memory, OptionalDouble cpus) {
        return new CgroupLimits(memory, cpus, OptionalLong.empty(), OptionalLong.empty(), List.of());
    }

    private static String lines(String mounts, String what, CgroupLimits limits) {
        CgroupPlan plan = new CgroupPlan(CgroupLayout.parse(mounts), "berth-t/one");
        List<CgroupWrite> writes = what.equals("create") ? plan.create(limits) : plan.update(limits);
        return writes.stream().map(CgroupWrite::toString).collect(Collectors.joining("\n"));
    }
}
