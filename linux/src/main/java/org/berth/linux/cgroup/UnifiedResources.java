package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.DeviceWeight;
import org.berth.linux.cgroup.GroupResources.HugePages;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Network;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.cgroup.GroupResources.Rdma;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.linux.cgroup.ResourceWrite.Missing;

/** What is written to v2's files (kernel Documentation/admin-guide/cgroup-v2.rst). Pure. */
final class UnifiedResources {
    private static final long PERIOD_MICROS = 100_000;
    private static final String UNLIMITED = "max";
    private static final Missing NO_CONTROLLER =
            new Missing.Refused("this kernel does not have it, or the controller is not handed down to the group");

    private final Path folder;
    private final List<ResourceStep> steps = new ArrayList<>();

    private UnifiedResources(Path folder) {
        this.folder = folder;
    }

    static List<ResourceStep> plan(GroupFolders folders, GroupResources resources) {
        UnifiedResources plan = new UnifiedResources(folders.unified().orElseThrow());
        plan.refuseNetwork(resources.network());
        plan.processorSets(resources.processor());
        resources.pids().ifPresent(limit -> plan.set("pids limit", "pids.max", limit <= 0 ? UNLIMITED : "" + limit));
        plan.memory(resources.memory());
        plan.blockIo(resources.blockIo());
        plan.processor(resources.processor());
        resources.hugePages().forEach(limit -> plan.steps.addAll(hugePages(plan.folder, limit)));
        resources
                .rdma()
                .forEach((device, limits) -> plan.set("rdma limit of " + device, "rdma.max", rdma(device, limits)));
        resources.unified().forEach((file, text) -> plan.steps.addAll(raw(plan.folder, file, text)));
        return List.copyOf(plan.steps);
    }

    private void memory(Memory memory) {
        MemoryRules.check(memory);
        refuse("kernel memory limit", memory.kernel(), "memory.kmem.limit_in_bytes");
        refuse("kernel TCP memory limit", memory.kernelTcp(), "memory.kmem.tcp.limit_in_bytes");
        if (memory.swappiness().isPresent()) {
            throw onlyLegacy("memory swappiness", "memory.swappiness");
        }
        if (memory.disableOutOfMemoryKiller().orElse(false)) {
            throw onlyLegacy("disabled out of memory killer", "memory.oom_control");
        }
        if (!memory.useHierarchy().orElse(true)) {
            throw onlyLegacy("memory without hierarchy", "memory.use_hierarchy");
        }
        // swap first: when memory shrinks, what does not fit must find its place
        MemoryRules.unifiedSwap(memory).ifPresent(swap -> {
            // a machine without swap holds "none" and "any" by itself
            Missing missing =
                    swap <= 0 ? new Missing.Passed() : new Missing.Refused("this kernel has no swap accounting");
            steps.add(ResourceStep.of(
                    new ResourceWrite("memory.swap limit", folder.resolve("memory.swap.max"), limit(swap), missing)));
        });
        ResourcePlan.given(memory.limit()).ifPresent(bytes -> set("memory limit", "memory.max", limit(bytes)));
        ResourcePlan.given(memory.reservation())
                .ifPresent(bytes -> set("memory reservation", "memory.low", limit(bytes)));
    }

    private void processor(Processor processor) {
        if (ResourcePlan.given(processor.realtimePeriod()).isPresent()
                || ResourcePlan.given(processor.realtimeRuntime()).isPresent()) {
            throw onlyLegacy("cpu real-time limit", "cpu.rt_runtime_us");
        }
        processor.idle().ifPresent(idle -> set("cpu idle", "cpu.idle", Long.toString(idle)));
        ResourcePlan.given(processor.shares())
                .ifPresent(shares -> set("cpu shares", "cpu.weight", Long.toString(weight(shares))));
        List<ResourceWrite> time = new ArrayList<>();
        OptionalLong quota = ResourcePlan.given(processor.quota());
        OptionalLong period = ResourcePlan.given(processor.period());
        if (quota.isPresent() || period.isPresent()) {
            String share = quota.isPresent() && quota.getAsLong() > 0 ? "" + quota.getAsLong() : UNLIMITED;
            time.add(write("cpu quota", "cpu.max", share + " " + period.orElse(PERIOD_MICROS)));
        }
        processor.burst().ifPresent(burst -> time.add(write("cpu burst", "cpu.max.burst", Long.toString(burst))));
        if (!time.isEmpty()) {
            steps.add(new ResourceStep(time, time.size() > 1));
        }
    }

    private void processorSets(Processor processor) {
        processor.processors().filter(list -> !list.isEmpty()).ifPresent(list -> set("cpus", "cpuset.cpus", list));
        processor
                .memoryNodes()
                .filter(list -> !list.isEmpty())
                .ifPresent(list -> set("memory nodes", "cpuset.mems", list));
    }

    private void blockIo(BlockIo blockIo) {
        if (blockIo.leafWeight().orElse(0) != 0) {
            throw onlyLegacy("block io leaf weight", "blkio.leaf_weight");
        }
        blockIo.weight().ifPresent(weight -> weight("block io weight", "", weight));
        for (DeviceWeight device : blockIo.deviceWeights()) {
            String name = device.major() + ":" + device.minor();
            if (device.leafWeight().orElse(0) != 0) {
                throw onlyLegacy("block io leaf weight of " + name, "blkio.leaf_weight_device");
            }
            device.weight().ifPresent(weight -> weight("block io weight of " + name, name + " ", weight));
        }
        for (Throttle throttle : blockIo.throttles()) {
            String name = throttle.major() + ":" + throttle.minor();
            String rate = throttle.rate() == 0 ? UNLIMITED : Long.toUnsignedString(throttle.rate());
            set(
                    "block io limit of " + name,
                    "io.max",
                    name + " " + throttle.kind().key() + "=" + rate);
        }
    }

    /** BFQ takes v1's weights as they are; io.weight (the io.cost controller) knows 1 to 10000. */
    private void weight(String setting, String device, int weight) {
        if (weight == 0) {
            return;
        }
        // the bare number sets the group's own weight; "default" is for a file with lines for devices
        ResourceWrite cost = write(setting, "io.weight", (device.isEmpty() ? "default " : device) + ioWeight(weight));
        steps.add(ResourceStep.of(new ResourceWrite(
                setting, folder.resolve("io.bfq.weight"), device + weight, new Missing.Instead(cost))));
    }

    /** The limit of pages in use, and of those reserved where the kernel counts them (5.7). */
    static List<ResourceStep> hugePages(Path folder, HugePages limit) {
        String setting = "huge page limit of " + limit.pageSize();
        String value = Long.toUnsignedString(limit.limit());
        Path file = folder.resolve("hugetlb." + limit.pageSize() + ".max");
        Path reserved = folder.resolve("hugetlb." + limit.pageSize() + ".rsvd.max");
        return List.of(
                ResourceStep.of(new ResourceWrite(setting, file, value, NO_CONTROLLER)),
                ResourceStep.of(new ResourceWrite(setting, reserved, value, new Missing.Passed())));
    }

    /** "mlx5_0 hca_handle=2 hca_object=2000", alike in v1 and v2. */
    static String rdma(String device, Rdma limits) {
        return device
                + (limits.handles().isPresent()
                        ? " hca_handle=" + limits.handles().getAsLong()
                        : "")
                + (limits.objects().isPresent()
                        ? " hca_object=" + limits.objects().getAsLong()
                        : "");
    }

    /** On a machine with v1 hierarchies only files of controllers that are not there can be set. */
    static List<ResourceStep> inHybrid(GroupFolders folders, Map<String, String> files) {
        List<ResourceStep> steps = new ArrayList<>();
        files.forEach((file, text) -> {
            String controller = file.split("\\.", 2)[0];
            Optional<Path> folder = folders.unified().filter(_ -> !isLegacy(folders, controller));
            steps.addAll(raw(
                    folder.orElseThrow(() -> new BerthException(
                            ErrorCode.UNSUPPORTED,
                            "unified '" + file + "': this machine has " + controller
                                    + " on cgroup v1; expected cgroup v2")),
                    file,
                    text));
        });
        return steps;
    }

    private static boolean isLegacy(GroupFolders folders, String controller) {
        return folders.legacy(controller.equals("io") ? "blkio" : controller).isPresent();
    }

    private static List<ResourceStep> raw(Path folder, String file, String text) {
        if (!file.matches("[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+")) {
            throw new BerthException(
                    ErrorCode.INVALID, "unified '" + file + "': expected the name of a file of the group: memory.high");
        }
        Missing missing = new Missing.Refused(
                "this kernel does not have it, or the controller " + file.split("\\.", 2)[0] + " is not handed down");
        return text.strip()
                .lines()
                .map(line -> ResourceStep.of(
                        new ResourceWrite("unified '" + file + "'", folder.resolve(file), line, missing)))
                .toList();
    }

    private void refuseNetwork(Network network) {
        if (network.classId().isPresent()) {
            throw onlyLegacy("network class id", "net_cls.classid");
        }
        if (!network.priorities().isEmpty()) {
            throw onlyLegacy("network priorities", "net_prio.ifpriomap");
        }
    }

    private static void refuse(String setting, OptionalLong value, String file) {
        if (ResourcePlan.given(value).isPresent() && value.getAsLong() != -1) {
            throw onlyLegacy(setting, file);
        }
    }

    private static BerthException onlyLegacy(String setting, String file) {
        return new BerthException(
                ErrorCode.UNSUPPORTED, setting + ": cgroup v2 does not have it (" + file + " is a file of v1)");
    }

    private static String limit(long bytes) {
        return bytes < 0 ? UNLIMITED : Long.toString(bytes);
    }

    /**
     * v1's 2 to 262144 on v2's 1 to 10000, so that 1024, v1's standard, becomes 100, v2's: the curve that
     * runc and crun have since 2025, 10^((log2(s)^2 + 125 log2(s)) / 612 - 7/34).
     */
    static long weight(long shares) {
        if (shares <= 2) {
            return 1;
        }
        if (shares >= 262_144) {
            return 10_000;
        }
        double power = Math.log(shares) / Math.log(2);
        return (long) Math.ceil(Math.pow(10, (power * power + 125 * power) / 612.0 - 7.0 / 34.0));
    }

    /** v1's 10 to 1000 on v2's 1 to 10000. */
    static long ioWeight(int weight) {
        return 1 + (weight - 10L) * 9999 / 990;
    }

    private void set(String setting, String file, String value) {
        steps.add(ResourceStep.of(write(setting, file, value)));
    }

    private ResourceWrite write(String setting, String file, String value) {
        return new ResourceWrite(setting, folder.resolve(file), value, NO_CONTROLLER);
    }
}
