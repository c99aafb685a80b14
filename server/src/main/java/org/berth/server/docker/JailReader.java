package org.berth.server.docker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.JailRequest;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import tools.jackson.databind.JsonNode;

/** Reads what a HostConfig (API 1.48) says of a container's jail: rights, devices, namespaces, sysctls. Pure. */
final class JailReader {
    /** What docker's engine gives /dev/shm; its clients send it, or nothing. */
    static final long SHARED_MEMORY_BYTES = 64L << 20;

    private static final String CONTAINER = "container:";
    private static final int WEIGHT_MIN = 10;
    private static final int WEIGHT_MAX = 1000;

    /** By the keys of HostConfig. */
    private static final Map<String, ThrottleKind> THROTTLES = Map.of(
            "BlkioDeviceReadBps", ThrottleKind.READ_BYTES_PER_SECOND,
            "BlkioDeviceWriteBps", ThrottleKind.WRITE_BYTES_PER_SECOND,
            "BlkioDeviceReadIOps", ThrottleKind.READS_PER_SECOND,
            "BlkioDeviceWriteIOps", ThrottleKind.WRITES_PER_SECOND);

    private JailReader() {}

    /** @throws BerthException INVALID or UNSUPPORTED, by the key's name */
    static JailRequest read(JsonNode body) {
        JsonNode host = Tree.at(body, "HostConfig");
        String pid = Tree.text(host, "PidMode").orElse("");
        String ipc = Tree.text(host, "IpcMode").orElse("");
        return JailRequest.of()
                .privileged(Tree.flag(host, "Privileged"))
                .addedCapabilities(Tree.texts(host, "CapAdd").orElse(List.of()))
                .droppedCapabilities(Tree.texts(host, "CapDrop").orElse(List.of()))
                .gainsPrivileges(SecurityOptions.gainsPrivileges(host))
                .groups(Tree.texts(host, "GroupAdd").orElse(List.of()))
                .devices(devices(host))
                .deviceRules(Tree.texts(host, "DeviceCgroupRules").orElse(List.of()))
                .limits(limits(host))
                .settings(Tree.map(host, "Sysctls"))
                .shared(shared(host, pid, ipc))
                .processesOf(container(pid))
                .ipcOf(container(ipc))
                .sharesIpc(ipc.equals("shareable"))
                .outOfMemoryScore(score(host))
                .sharedMemoryBytes(sharedMemory(host))
                .domainName(Tree.text(body, "Domainname"))
                .maskedPaths(Tree.texts(host, "MaskedPaths"))
                .readOnlyPaths(Tree.texts(host, "ReadonlyPaths"))
                .diskLimits(disks(host))
                .build();
    }

    private static List<JailRequest.Device> devices(JsonNode host) {
        List<JailRequest.Device> devices = new ArrayList<>();
        for (JsonNode device : Tree.at(host, "Devices")) {
            String source = Tree.text(device, "PathOnHost")
                    .orElseThrow(() -> new BerthException(
                            ErrorCode.INVALID, "HostConfig.Devices: PathOnHost must name a device of the machine"));
            devices.add(new JailRequest.Device(
                    source,
                    Tree.text(device, "PathInContainer").orElse(source),
                    Tree.text(device, "CgroupPermissions").orElse("rwm")));
        }
        return devices;
    }

    private static List<Limit> limits(JsonNode host) {
        List<Limit> limits = new ArrayList<>();
        for (JsonNode limit : Tree.at(host, "Ulimits")) {
            limits.add(new Limit(
                    Tree.text(limit, "Name").orElse(""), Tree.number(limit, "Soft"), Tree.number(limit, "Hard")));
        }
        return limits;
    }

    /** The container that a mode names. */
    private static Optional<String> container(String mode) {
        return Optional.of(mode)
                .filter(text -> text.startsWith(CONTAINER) && text.length() > CONTAINER.length())
                .map(text -> text.substring(CONTAINER.length()));
    }

    private static Set<Kind> shared(JsonNode host, String pid, String ipc) {
        Set<Kind> shared = new HashSet<>();
        if (container(pid).isEmpty()) {
            addMode(shared, Kind.PID, "PidMode", pid, Set.of(""));
        }
        if (container(ipc).isEmpty()) {
            addMode(shared, Kind.IPC, "IpcMode", ipc, Set.of("", "private", "shareable"));
        }
        addMode(shared, Kind.UTS, "UTSMode", Tree.text(host, "UTSMode").orElse(""), Set.of(""));
        String groups = Tree.text(host, "CgroupnsMode").orElse("");
        addMode(shared, Kind.CGROUP, "CgroupnsMode", groups, Set.of("", "private"));
        return shared;
    }

    private static void addMode(Set<Kind> shared, Kind kind, String key, String mode, Set<String> own) {
        if (mode.equals("host")) {
            shared.add(kind);
        } else if (!own.contains(mode)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "HostConfig." + key + " \"" + mode
                            + "\" is not implemented by Berth: expected host, container:NAME where it can be joined, or one of its own");
        }
    }

    private static OptionalInt score(JsonNode host) {
        long score = Tree.number(host, "OomScoreAdj");
        return score == 0 ? OptionalInt.empty() : OptionalInt.of((int) Math.clamp(score, -10_000, 10_000));
    }

    private static OptionalLong sharedMemory(JsonNode host) {
        long bytes = Tree.number(host, "ShmSize");
        return bytes == 0 || bytes == SHARED_MEMORY_BYTES ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    private static List<DiskLimit> disks(JsonNode host) {
        List<DiskLimit> limits = new ArrayList<>();
        for (JsonNode weight : Tree.at(host, "BlkioWeightDevice")) {
            long value = Tree.number(weight, "Weight");
            if (value < WEIGHT_MIN || value > WEIGHT_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID, "HostConfig.BlkioWeightDevice: weight " + value + ": expected 10 to 1000");
            }
            limits.add(new DiskLimit(Tree.text(weight, "Path").orElse(""), Optional.empty(), value));
        }
        new TreeMap<>(THROTTLES).forEach((key, kind) -> {
            for (JsonNode throttle : Tree.at(host, key)) {
                limits.add(new DiskLimit(
                        Tree.text(throttle, "Path").orElse(""), Optional.of(kind), Tree.number(throttle, "Rate")));
            }
        });
        return limits;
    }
}
