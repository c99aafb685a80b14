package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.berth.linux.cgroup.DeviceAccess;
import org.berth.linux.cgroup.DeviceRule;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.DeviceWeight;
import org.berth.linux.cgroup.GroupResources.HugePages;
import org.berth.linux.cgroup.GroupResources.Rdma;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.oci.config.Resources;

/** config.json's resources in the words of control groups. */
final class GroupSettings {
    private GroupSettings() {}

    /** For a new container: what every container may use is added to the devices. */
    static GroupResources creating(Resources resources) {
        GroupResources settings = updating(resources);
        List<DeviceAccess> devices =
                DeviceAccess.withStandard(settings.devices().orElse(List.of()));
        return settings.withDevices(Optional.of(devices));
    }

    /** For one that is there: what is not named stays. */
    static GroupResources updating(Resources resources) {
        TreeMap<String, Rdma> rdma = new TreeMap<>();
        resources
                .rdma()
                .forEach((device, limit) -> rdma.put(device, new Rdma(of(limit.handles()), of(limit.objects()))));
        return new GroupResources(
                devices(resources),
                resources.memory().map(GroupSettings::memory).orElse(GroupResources.Memory.NONE),
                resources.cpu().map(GroupSettings::processor).orElse(GroupResources.Processor.NONE),
                of(resources.pidsLimit()),
                resources.blockIo().map(GroupSettings::blockIo).orElse(GroupResources.BlockIo.NONE),
                resources.hugePages().stream()
                        .map(pages -> new HugePages(pages.pageSize(), pages.limit()))
                        .toList(),
                resources
                        .network()
                        .map(network ->
                                new GroupResources.Network(of(network.classId()), new TreeMap<>(network.priorities())))
                        .orElse(GroupResources.Network.NONE),
                rdma,
                new TreeMap<>(resources.unified()));
    }

    private static Optional<List<DeviceAccess>> devices(Resources resources) {
        if (resources.devices().isEmpty()) {
            return Optional.empty();
        }
        List<DeviceAccess> devices = new ArrayList<>();
        for (Resources.DeviceRule rule : resources.devices()) {
            devices.add(
                    switch (rule.type()) {
                        case ALL -> DeviceAccess.all(rule.allow());
                        case CHARACTER -> access(rule, 'c');
                        case BLOCK -> access(rule, 'b');
                    });
        }
        return Optional.of(devices);
    }

    private static DeviceAccess access(Resources.DeviceRule rule, char kind) {
        return new DeviceAccess(
                rule.allow(),
                kind,
                rule.major().orElse((long) DeviceRule.ANY),
                rule.minor().orElse((long) DeviceRule.ANY),
                rule.access());
    }

    private static GroupResources.Memory memory(Resources.Memory memory) {
        return new GroupResources.Memory(
                of(memory.limit()),
                of(memory.reservation()),
                of(memory.swap()),
                of(memory.kernel()),
                of(memory.kernelTcp()),
                of(memory.swappiness()),
                memory.disableOomKiller(),
                memory.useHierarchy(),
                memory.checkBeforeUpdate());
    }

    private static GroupResources.Processor processor(Resources.Cpu cpu) {
        return new GroupResources.Processor(
                of(cpu.shares()),
                of(cpu.quota()),
                of(cpu.burst()),
                of(cpu.period()),
                of(cpu.realtimeRuntime()),
                of(cpu.realtimePeriod()),
                cpu.processors(),
                cpu.memoryNodes(),
                of(cpu.idle()));
    }

    private static GroupResources.BlockIo blockIo(Resources.BlockIo blockIo) {
        List<Throttle> throttles = new ArrayList<>();
        throttles(throttles, ThrottleKind.READ_BYTES_PER_SECOND, blockIo.readBytes());
        throttles(throttles, ThrottleKind.WRITE_BYTES_PER_SECOND, blockIo.writeBytes());
        throttles(throttles, ThrottleKind.READS_PER_SECOND, blockIo.readOperations());
        throttles(throttles, ThrottleKind.WRITES_PER_SECOND, blockIo.writeOperations());
        return new GroupResources.BlockIo(
                small(blockIo.weight()),
                small(blockIo.leafWeight()),
                blockIo.weightDevices().stream()
                        .map(device -> new DeviceWeight(
                                device.major(), device.minor(), small(device.weight()), small(device.leafWeight())))
                        .toList(),
                throttles);
    }

    private static void throttles(List<Throttle> all, ThrottleKind kind, List<Resources.ThrottleDevice> devices) {
        devices.forEach(device -> all.add(new Throttle(kind, device.major(), device.minor(), device.rate())));
    }

    private static OptionalLong of(Optional<Long> value) {
        return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }

    /** A weight of 0 is one that is not given. */
    private static OptionalInt small(Optional<Long> value) {
        return value.isPresent() && value.get() != 0
                ? OptionalInt.of(value.get().intValue())
                : OptionalInt.empty();
    }
}
