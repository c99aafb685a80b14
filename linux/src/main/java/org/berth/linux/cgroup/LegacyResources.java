package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.DeviceWeight;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.linux.cgroup.ResourceWrite.Missing;

/** What is written to v1's files (kernel Documentation/admin-guide/cgroup-v1). Pure. */
final class LegacyResources {
    private static final Missing TOO_OLD = new Missing.Refused("this kernel does not have it");
    private static final Missing NO_SWAP = new Missing.Refused("this kernel has no swap accounting");

    private final GroupFolders folders;
    private final List<ResourceStep> steps = new ArrayList<>();

    LegacyResources(GroupFolders folders) {
        this.folders = folders;
    }

    static List<ResourceStep> plan(GroupFolders folders, GroupResources resources, boolean creating) {
        LegacyResources plan = new LegacyResources(folders);
        plan.processorSets(resources.processor());
        plan.devices(resources, creating);
        plan.memory(resources.memory());
        plan.processor(resources.processor());
        resources
                .pids()
                .ifPresent(limit -> plan.set("pids", "pids limit", "pids.max", limit <= 0 ? "max" : "" + limit));
        plan.blockIo(resources.blockIo());
        resources.hugePages().forEach(plan::hugePages);
        plan.network(resources.network());
        resources
                .rdma()
                .forEach((device, limits) ->
                        plan.set("rdma", "rdma limit of " + device, "rdma.max", UnifiedResources.rdma(device, limits)));
        UnifiedResources.inHybrid(folders, resources.unified()).forEach(plan.steps::add);
        return List.copyOf(plan.steps);
    }

    private void devices(GroupResources resources, boolean creating) {
        Optional<List<DeviceAccess>> given = resources.devices();
        if (given.isEmpty() && !creating) {
            return;
        }
        if (folders.legacy("devices").isEmpty()) {
            return; // the unified hierarchy's program holds them
        }
        DeviceList list = DeviceList.of(given.orElseGet(() -> DeviceAccess.withStandard(List.of())));
        list.legacyLines()
                .forEach(line -> set(
                        "devices",
                        "device rule '" + line.text() + "'",
                        line.allow() ? "devices.allow" : "devices.deny",
                        line.text()));
    }

    private void memory(Memory memory) {
        MemoryRules.check(memory);
        memory.useHierarchy()
                .ifPresent(use -> set("memory", "memory hierarchy", "memory.use_hierarchy", use ? "1" : "0"));
        List<ResourceWrite> limits = new ArrayList<>();
        ResourcePlan.given(memory.limit())
                .ifPresent(limit ->
                        limits.add(write("memory", "memory limit", "memory.limit_in_bytes", "" + limit, TOO_OLD)));
        OptionalLong swap = MemoryRules.legacySwap(memory);
        swap.ifPresent(bytes -> limits.add(write(
                "memory",
                "memory.swap limit",
                "memory.memsw.limit_in_bytes",
                "" + bytes,
                bytes == -1 ? new Missing.Passed() : NO_SWAP)));
        if (!limits.isEmpty()) {
            steps.add(new ResourceStep(limits, limits.size() > 1));
        }
        number("memory", "memory reservation", "memory.soft_limit_in_bytes", ResourcePlan.given(memory.reservation()));
        number("memory", "kernel memory limit", "memory.kmem.limit_in_bytes", ResourcePlan.given(memory.kernel()));
        number(
                "memory",
                "kernel TCP memory limit",
                "memory.kmem.tcp.limit_in_bytes",
                ResourcePlan.given(memory.kernelTcp()));
        number("memory", "memory swappiness", "memory.swappiness", memory.swappiness());
        memory.disableOutOfMemoryKiller()
                .ifPresent(off -> set("memory", "out of memory killer", "memory.oom_control", off ? "1" : "0"));
    }

    private void processor(Processor processor) {
        // an idle group has no shares to set, so it is told first whether it is idle
        number("cpu", "cpu idle", "cpu.idle", processor.idle());
        number("cpu", "cpu shares", "cpu.shares", ResourcePlan.given(processor.shares()));
        List<ResourceWrite> time = new ArrayList<>();
        ResourcePlan.given(processor.period())
                .ifPresent(period -> time.add(write("cpu", "cpu period", "cpu.cfs_period_us", "" + period, TOO_OLD)));
        ResourcePlan.given(processor.quota())
                .ifPresent(quota ->
                        time.add(write("cpu", "cpu quota", "cpu.cfs_quota_us", "" + Math.max(-1, quota), TOO_OLD)));
        processor
                .burst()
                .ifPresent(burst -> time.add(write("cpu", "cpu burst", "cpu.cfs_burst_us", "" + burst, TOO_OLD)));
        if (!time.isEmpty()) {
            steps.add(new ResourceStep(time, time.size() > 1));
        }
        List<ResourceWrite> realtime = new ArrayList<>();
        Missing noRealtime = new Missing.Refused("this kernel has no real-time group scheduling");
        ResourcePlan.given(processor.realtimePeriod())
                .ifPresent(period -> realtime.add(
                        write("cpu", "cpu real-time period", "cpu.rt_period_us", "" + period, noRealtime)));
        ResourcePlan.given(processor.realtimeRuntime())
                .ifPresent(runtime -> realtime.add(
                        write("cpu", "cpu real-time runtime", "cpu.rt_runtime_us", "" + runtime, noRealtime)));
        if (!realtime.isEmpty()) {
            steps.add(new ResourceStep(realtime, realtime.size() > 1));
        }
    }

    private void processorSets(Processor processor) {
        processor
                .processors()
                .filter(list -> !list.isEmpty())
                .ifPresent(list -> set("cpuset", "cpus", "cpuset.cpus", list));
        processor
                .memoryNodes()
                .filter(list -> !list.isEmpty())
                .ifPresent(list -> set("cpuset", "memory nodes", "cpuset.mems", list));
    }

    private void blockIo(BlockIo blockIo) {
        weight("block io weight", "weight", "", blockIo.weight());
        weight("block io leaf weight", "leaf_weight", "", blockIo.leafWeight());
        for (DeviceWeight device : blockIo.deviceWeights()) {
            String name = device.major() + ":" + device.minor();
            weight("block io weight of " + name, "weight_device", name + " ", device.weight());
            weight("block io leaf weight of " + name, "leaf_weight_device", name + " ", device.leafWeight());
        }
        for (Throttle throttle : blockIo.throttles()) {
            String name = throttle.major() + ":" + throttle.minor();
            set(
                    "blkio",
                    "block io limit of " + name,
                    throttle.kind().legacyFile(),
                    name + " " + Long.toUnsignedString(throttle.rate()));
        }
    }

    /** CFQ's files went with kernel 5.0; BFQ has the weights but no leaf weights. */
    private void weight(String setting, String name, String device, OptionalInt weight) {
        if (weight.isEmpty() || weight.getAsInt() == 0) {
            return;
        }
        String value = device + weight.getAsInt();
        Missing missing = new Missing.Refused("this kernel's block scheduler has no such weights");
        if (!name.startsWith("leaf")) {
            missing = new Missing.Instead(write("blkio", setting, "blkio.bfq." + name, value, missing));
        }
        steps.add(ResourceStep.of(write("blkio", setting, "blkio." + name, value, missing)));
    }

    private void hugePages(GroupResources.HugePages limit) {
        if (folders.legacy("hugetlb").isEmpty() && folders.unified().isPresent()) {
            steps.addAll(UnifiedResources.hugePages(folders.unified().get(), limit));
            return;
        }
        String setting = "huge page limit of " + limit.pageSize();
        String prefix = "hugetlb." + limit.pageSize();
        String value = Long.toUnsignedString(limit.limit());
        set("hugetlb", setting, prefix + ".limit_in_bytes", value);
        steps.add(ResourceStep.of(
                write("hugetlb", setting, prefix + ".rsvd.limit_in_bytes", value, new Missing.Passed())));
    }

    private void network(GroupResources.Network network) {
        number("net_cls", "network class id", "net_cls.classid", network.classId());
        network.priorities()
                .forEach((name, priority) ->
                        set("net_prio", "network priority of " + name, "net_prio.ifpriomap", name + " " + priority));
    }

    private void number(String controller, String setting, String file, OptionalLong value) {
        value.ifPresent(number -> set(controller, setting, file, Long.toString(number)));
    }

    private void set(String controller, String setting, String file, String value) {
        steps.add(ResourceStep.of(write(controller, setting, file, value, TOO_OLD)));
    }

    private ResourceWrite write(String controller, String setting, String file, String value, Missing missing) {
        Path folder = folders.legacy(controller)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNSUPPORTED,
                        setting + ": " + file + " is missing (the v1 controller " + controller
                                + " is not mounted here)"));
        return new ResourceWrite(setting, folder.resolve(file), value, missing);
    }
}
