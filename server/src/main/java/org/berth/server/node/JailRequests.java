package org.berth.server.node;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.berth.compose.Jail;
import org.berth.compose.Jail.DiskLimitKind;
import org.berth.compose.Jail.Tuning;
import org.berth.compose.Limits;
import org.berth.engine.JailRequest;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import org.berth.runtime.Resources;

/** A service's jail and limits in the engine's words. Pure. */
final class JailRequests {
    private JailRequests() {}

    static Optional<JailRequest> of(Jail jail, Peers peers) {
        return JailRequest.of()
                .privileged(jail.privileged())
                .addedCapabilities(jail.addedCapabilities())
                .droppedCapabilities(jail.droppedCapabilities())
                .gainsPrivileges(jail.gainsPrivileges())
                .groups(jail.groups())
                .devices(jail.devices().stream()
                        .map(device -> new JailRequest.Device(device.source(), device.target(), device.access()))
                        .toList())
                .deviceRules(jail.deviceRules())
                .limits(jail.limits().stream()
                        .map(limit -> new Limit(limit.name(), limit.soft(), limit.hard()))
                        .toList())
                .settings(jail.settings())
                .shared(jail.shared().stream().map(JailRequests::kind).collect(Collectors.toSet()))
                .processesOf(jail.processesOf().map(peers::container))
                .ipcOf(jail.ipcOf().map(peers::container))
                .sharesIpc(jail.sharesIpc())
                .outOfMemoryScore(jail.outOfMemoryScore())
                .sharedMemoryBytes(jail.sharedMemoryBytes())
                .domainName(jail.domainName())
                .diskLimits(jail.tuning().diskLimits().stream()
                        .map(limit -> new DiskLimit(limit.device(), kind(limit.kind()), limit.rate()))
                        .toList())
                .build()
                .unlessStandard();
    }

    private static Kind kind(Jail.Shared shared) {
        return switch (shared) {
            case PID -> Kind.PID;
            case IPC -> Kind.IPC;
            case UTS -> Kind.UTS;
            case CGROUP -> Kind.CGROUP;
        };
    }

    private static Optional<ThrottleKind> kind(DiskLimitKind kind) {
        return switch (kind) {
            case WEIGHT -> Optional.empty();
            case READ_BYTES -> Optional.of(ThrottleKind.READ_BYTES_PER_SECOND);
            case WRITE_BYTES -> Optional.of(ThrottleKind.WRITE_BYTES_PER_SECOND);
            case READS -> Optional.of(ThrottleKind.READS_PER_SECOND);
            case WRITES -> Optional.of(ThrottleKind.WRITES_PER_SECOND);
        };
    }

    static Resources resources(Limits limits, Tuning tuning) {
        Resources usual = new Resources(limits.memoryBytes(), limits.cpus(), limits.pids());
        GroupResources more = more(tuning, limits.memoryBytes());
        return more.equals(GroupResources.NONE) ? usual : usual.with(more);
    }

    private static GroupResources more(Tuning tuning, OptionalLong memory) {
        GroupResources none = GroupResources.NONE;
        OptionalLong swap = tuning.memorySwap();
        return new GroupResources(
                none.devices(),
                new Memory(
                        swap.orElse(0) > 0 ? memory : OptionalLong.empty(),
                        tuning.memoryReservation(),
                        swap,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        tuning.swappiness(),
                        tuning.keepsWhenOutOfMemory() ? Optional.of(true) : Optional.empty(),
                        Optional.empty(),
                        false),
                new Processor(
                        tuning.shares(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        tuning.realtimeRuntime(),
                        tuning.realtimePeriod(),
                        tuning.processors(),
                        Optional.empty(),
                        OptionalLong.empty()),
                none.pids(),
                new BlockIo(tuning.diskWeight(), OptionalInt.empty(), List.of(), List.of()),
                none.hugePages(),
                none.network(),
                none.rdma(),
                none.unified());
    }
}
