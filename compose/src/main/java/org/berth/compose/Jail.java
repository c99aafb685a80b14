package org.berth.compose;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * In what the jail of a service's containers differs from the standard one: keys of compose-spec, in their own words.
 *
 * @param privileged privileged: every right of the machine
 * @param addedCapabilities cap_add: "NET_ADMIN", "ALL"
 * @param droppedCapabilities cap_drop
 * @param gainsPrivileges security_opt no-new-privileges:false: programs with set-user-ID bits raise rights
 * @param seccomp security_opt seccomp: "unconfined", or a profile's text; empty for the standard filter
 * @param groups group_add: names or numbers
 * @param devices devices
 * @param deviceRules device_cgroup_rules: "c 10:* rwm"
 * @param limits ulimits
 * @param settings sysctls
 * @param shared pid, ipc, uts and cgroup that are "host", each once, in this order
 * @param processesOf pid: the container whose pid namespace it joins
 * @param ipcOf ipc: the container whose IPC namespace it joins
 * @param sharesIpc ipc: shareable, whether others may join its own
 * @param outOfMemoryScore oom_score_adj, -1000 to 1000
 * @param sharedMemoryBytes shm_size
 * @param domainName domainname
 * @param readOnlyRoot read_only
 * @param tuning limits beyond the usual
 */
public record Jail(
        boolean privileged,
        List<String> addedCapabilities,
        List<String> droppedCapabilities,
        boolean gainsPrivileges,
        Optional<String> seccomp,
        List<String> groups,
        List<Device> devices,
        List<String> deviceRules,
        List<Limit> limits,
        SortedMap<String, String> settings,
        List<Shared> shared,
        Optional<Peer> processesOf,
        Optional<Peer> ipcOf,
        boolean sharesIpc,
        OptionalInt outOfMemoryScore,
        OptionalLong sharedMemoryBytes,
        Optional<String> domainName,
        boolean readOnlyRoot,
        Tuning tuning) {
    /** What a service has that says nothing of it. */
    public static final Jail STANDARD = new Jail(
            false,
            List.of(),
            List.of(),
            false,
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            new TreeMap<>(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            OptionalInt.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            false,
            Tuning.NONE);

    public Jail {
        addedCapabilities = List.copyOf(addedCapabilities);
        droppedCapabilities = List.copyOf(droppedCapabilities);
        groups = List.copyOf(groups);
        devices = List.copyOf(devices);
        deviceRules = List.copyOf(deviceRules);
        limits = List.copyOf(limits);
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        shared = List.copyOf(shared);
    }

    /** A kind of namespace that is the machine's. */
    public enum Shared {
        PID,
        IPC,
        UTS,
        CGROUP
    }

    /** Whose namespace is joined. @param service whether it is a service of the project, not a container's name */
    public record Peer(String name, boolean service) {}

    /** The services whose namespaces it joins, each once. */
    public List<String> joinedServices() {
        return Stream.concat(processesOf.stream(), ipcOf.stream())
                .filter(Peer::service)
                .map(Peer::name)
                .distinct()
                .toList();
    }

    /** A device of the machine. @param access some of r, w, m */
    public record Device(String source, String target, String access) {}

    /** A ulimit. @param soft and {@code hard}: -1 without a limit */
    public record Limit(String name, long soft, long hard) {}

    /**
     * Limits beyond those of memory, processors and processes; what is empty is left as it is.
     *
     * @param memoryReservation mem_reservation, bytes
     * @param memorySwap memswap_limit: memory and swap together, bytes; -1 without a limit
     * @param swappiness mem_swappiness, 0 to 100
     * @param keepsWhenOutOfMemory oom_kill_disable: its processes wait instead of being killed
     * @param shares cpu_shares, weight against others
     * @param processors cpuset: "0-3,7"
     * @param realtimeRuntime and {@code realtimePeriod}: cpu_rt_runtime and cpu_rt_period, microseconds
     * @param diskWeight blkio_config.weight, 10 to 1000
     * @param diskLimits the rest of blkio_config
     */
    public record Tuning(
            OptionalLong memoryReservation,
            OptionalLong memorySwap,
            OptionalLong swappiness,
            boolean keepsWhenOutOfMemory,
            OptionalLong shares,
            Optional<String> processors,
            OptionalLong realtimeRuntime,
            OptionalLong realtimePeriod,
            OptionalInt diskWeight,
            List<DiskLimit> diskLimits) {
        public static final Tuning NONE = new Tuning(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                false,
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                List.of());

        public Tuning {
            diskLimits = List.copyOf(diskLimits);
        }
    }

    /** What a limit of a disk counts. */
    public enum DiskLimitKind {
        WEIGHT,
        READ_BYTES,
        WRITE_BYTES,
        READS,
        WRITES
    }

    /** @param device a disk's path @param rate bytes or operations in a second, or a weight */
    public record DiskLimit(DiskLimitKind kind, String device, long rate) {}
}
