package org.berth.engine;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;

/**
 * In what a user wants a container's jail to differ from the standard one, in the words of docker's HostConfig and of
 * Compose. What is wrong with it is said when the container is made ({@link JailPlan}).
 *
 * @param privileged every capability and device of the machine, its user ids, no filter of system calls, nothing masked
 * @param addedCapabilities as written: "NET_ADMIN", "CAP_NET_ADMIN", "ALL"
 * @param droppedCapabilities likewise
 * @param gainsPrivileges whether programs with set-user-ID bits raise its rights
 * @param groups additional groups of its users, by name or number
 * @param devices of the machine
 * @param deviceRules what its control group allows besides: "c 10:* rwm"
 * @param limits ulimits in place of the standard ones
 * @param settings sysctls by name
 * @param shared kinds of namespaces that are the machine's; then its user ids are, too
 * @param processesOf a running container whose pid namespace it joins, by id or name
 * @param ipcOf a running container whose IPC namespace and /dev/shm it joins, by id or name; that one must share it
 * @param sharesIpc whether others may join its own
 * @param outOfMemoryScore -1000 to 1000
 * @param sharedMemoryBytes size of /dev/shm
 * @param domainName the NIS domain's name
 * @param maskedPaths of docker's masked paths those that are masked; empty: all
 * @param readOnlyPaths likewise
 * @param diskLimits by device
 */
public record JailRequest(
        boolean privileged,
        List<String> addedCapabilities,
        List<String> droppedCapabilities,
        boolean gainsPrivileges,
        List<String> groups,
        List<Device> devices,
        List<String> deviceRules,
        List<Limit> limits,
        SortedMap<String, String> settings,
        Set<Kind> shared,
        Optional<String> processesOf,
        Optional<String> ipcOf,
        boolean sharesIpc,
        OptionalInt outOfMemoryScore,
        OptionalLong sharedMemoryBytes,
        Optional<String> domainName,
        Optional<List<String>> maskedPaths,
        Optional<List<String>> readOnlyPaths,
        List<DiskLimit> diskLimits) {
    /** Nothing is asked for. */
    public static final JailRequest STANDARD = of().build();

    public JailRequest {
        addedCapabilities = List.copyOf(addedCapabilities);
        droppedCapabilities = List.copyOf(droppedCapabilities);
        groups = List.copyOf(groups);
        devices = List.copyOf(devices);
        deviceRules = List.copyOf(deviceRules);
        limits = List.copyOf(limits);
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        shared = Set.copyOf(shared);
        maskedPaths = maskedPaths.map(List::copyOf);
        readOnlyPaths = readOnlyPaths.map(List::copyOf);
        diskLimits = List.copyOf(diskLimits);
    }

    /** One to be described; without that it is the standard one. */
    public static JailRequestBuilder of() {
        return new JailRequestBuilder();
    }

    /** Whether its ids must be the machine's: who shares a namespace of the machine's root can't be ruled by another. */
    public boolean needsMachineIds() {
        return privileged || !shared.isEmpty();
    }

    /** This, or nothing when it is the standard one. */
    public Optional<JailRequest> unlessStandard() {
        return equals(STANDARD) ? Optional.empty() : Optional.of(this);
    }

    /**
     * A device of the machine, or a folder of such.
     *
     * @param source below /dev of the machine
     * @param target below /dev of the container
     * @param access some of r (read), w (write), m (mknod)
     */
    public record Device(String source, String target, String access) {}

    /** @param device a disk's path @param rate bytes or operations in a second, or a weight from 10 to 1000 */
    public record DiskLimit(String device, Optional<ThrottleKind> kind, long rate) {}
}
