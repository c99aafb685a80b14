package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerRequest;
import org.berth.engine.JailRequest;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;

/** What a HostConfig shows of a container's jail, in docker's words. Pure. */
final class JailJson {
    private JailJson() {}

    static Map<String, Object> of(ContainerRequest request) {
        JailRequest jail = request.jail().orElse(JailRequest.STANDARD);
        GroupResources more = request.resources().more().orElse(GroupResources.NONE);
        JsonObject json = object().with("Privileged", jail.privileged())
                .with("CapAdd", jail.addedCapabilities())
                .with("CapDrop", jail.droppedCapabilities())
                .with("SecurityOpt", securityOptions(request, jail))
                .with("GroupAdd", jail.groups())
                .with("Devices", devices(jail))
                .with("DeviceCgroupRules", jail.deviceRules())
                .with("Ulimits", limits(jail))
                .with(
                        "PidMode",
                        jail.processesOf().map(name -> "container:" + name).orElse(mode(jail, Kind.PID, "")))
                .with(
                        "IpcMode",
                        jail.ipcOf()
                                .map(name -> "container:" + name)
                                .orElse(mode(jail, Kind.IPC, jail.sharesIpc() ? "shareable" : "private")))
                .with("UTSMode", mode(jail, Kind.UTS, ""))
                .with("CgroupnsMode", mode(jail, Kind.CGROUP, "private"))
                .with("OomScoreAdj", jail.outOfMemoryScore().orElse(0))
                .with("ShmSize", jail.sharedMemoryBytes().orElse(JailReader.SHARED_MEMORY_BYTES))
                .with(
                        "MemorySwap",
                        more.memory()
                                .swap()
                                .orElse(request.resources().memoryBytes().orElse(0)))
                .with("MemoryReservation", more.memory().reservation().orElse(0))
                .with("OomKillDisable", more.memory().disableOutOfMemoryKiller().orElse(false))
                .with("CpuShares", more.processor().shares().orElse(0))
                .with("CpuRealtimePeriod", more.processor().realtimePeriod().orElse(0))
                .with("CpuRealtimeRuntime", more.processor().realtimeRuntime().orElse(0))
                .with("CpusetCpus", more.processor().processors().orElse(""))
                .with("CpusetMems", more.processor().memoryNodes().orElse(""))
                .with("BlkioWeight", more.blockIo().weight().orElse(0))
                .with("BlkioWeightDevice", disks(jail, Optional.empty(), "Weight"))
                .with("BlkioDeviceReadBps", disks(jail, Optional.of(ThrottleKind.READ_BYTES_PER_SECOND), "Rate"))
                .with("BlkioDeviceWriteBps", disks(jail, Optional.of(ThrottleKind.WRITE_BYTES_PER_SECOND), "Rate"))
                .with("BlkioDeviceReadIOps", disks(jail, Optional.of(ThrottleKind.READS_PER_SECOND), "Rate"))
                .with("BlkioDeviceWriteIOps", disks(jail, Optional.of(ThrottleKind.WRITES_PER_SECOND), "Rate"));
        more.memory().swappiness().ifPresent(value -> json.with("MemorySwappiness", value));
        if (!jail.settings().isEmpty()) {
            json.with("Sysctls", jail.settings());
        }
        jail.maskedPaths().ifPresent(paths -> json.with("MaskedPaths", paths));
        jail.readOnlyPaths().ifPresent(paths -> json.with("ReadonlyPaths", paths));
        return json.map();
    }

    private static List<String> securityOptions(ContainerRequest request, JailRequest jail) {
        List<String> options = new ArrayList<>();
        if (jail.gainsPrivileges()) {
            options.add("no-new-privileges:false");
        } else if (!jail.privileged()) {
            options.add("no-new-privileges");
        }
        request.seccomp().ifPresent(choice -> options.add("seccomp=" + choice));
        return options;
    }

    private static String mode(JailRequest jail, Kind kind, String own) {
        return jail.shared().contains(kind) ? "host" : own;
    }

    private static List<Object> devices(JailRequest jail) {
        List<Object> devices = new ArrayList<>();
        for (JailRequest.Device device : jail.devices()) {
            devices.add(object().with("PathOnHost", device.source())
                    .with("PathInContainer", device.target())
                    .with("CgroupPermissions", device.access())
                    .map());
        }
        return devices;
    }

    private static List<Object> limits(JailRequest jail) {
        List<Object> limits = new ArrayList<>();
        jail.limits()
                .forEach(limit -> limits.add(object().with("Name", limit.name())
                        .with("Soft", limit.soft())
                        .with("Hard", limit.hard())
                        .map()));
        return limits;
    }

    private static List<Object> disks(JailRequest jail, Optional<ThrottleKind> kind, String word) {
        List<Object> disks = new ArrayList<>();
        jail.diskLimits().stream()
                .filter(limit -> limit.kind().equals(kind))
                .forEach(limit -> disks.add(object().with("Path", limit.device())
                        .with(word, limit.rate())
                        .map()));
        return disks;
    }
}
