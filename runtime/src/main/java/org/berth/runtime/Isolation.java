package org.berth.runtime;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * In what a container's jail differs from the standard one, besides its process's rights ({@link ProcessSpec.Bounds}).
 *
 * @param namespaces those that are not its own
 * @param devices more nodes below /dev; its control group must allow them ({@link Resources#more})
 * @param settings sysctl(8) names with their values: "net.core.somaxconn"; of its own namespaces only
 * @param domainName the NIS domain's name (setdomainname(2)); 1 to 64 bytes
 * @param sharedMemoryBytes size of /dev/shm; empty: 64 MiB
 * @param maskedPaths those of the standard ones that are masked; empty: all of them
 * @param readOnlyPaths those of the standard ones that are read-only; empty: all of them
 * @param writableSystem whether /sys and /sys/fs/cgroup can be written to
 */
public record Isolation(
        Namespaces namespaces,
        List<Device> devices,
        SortedMap<String, String> settings,
        Optional<String> domainName,
        OptionalLong sharedMemoryBytes,
        Optional<List<String>> maskedPaths,
        Optional<List<String>> readOnlyPaths,
        boolean writableSystem) {
    /** The jail that every container has which asks for nothing else. */
    public static final Isolation STANDARD = new Isolation(
            Namespaces.OWN,
            List.of(),
            new TreeMap<>(),
            Optional.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            false);

    public Isolation {
        devices = List.copyOf(devices);
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        maskedPaths = maskedPaths.map(List::copyOf);
        readOnlyPaths = readOnlyPaths.map(List::copyOf);
    }

    /** A kind of namespace (namespaces(7)) that a container may share with the machine. */
    public enum Kind {
        /** Process ids. */
        PID,
        /** System V objects and POSIX message queues; with them /dev/shm. */
        IPC,
        /** Host and domain name. */
        UTS,
        /** Where the tree of control groups begins. */
        CGROUP
    }

    /**
     * Namespaces that are not a container's own.
     *
     * @param machine the machine's; a container that shares any of them has the machine's user ids, too
     * @param processes a file of a pid namespace to join, {@code /proc/PID/ns/pid}
     * @param ipc another container's
     */
    public record Namespaces(Set<Kind> machine, Optional<Path> processes, Optional<JoinedIpc> ipc) {
        public static final Namespaces OWN = new Namespaces(Set.of(), Optional.empty(), Optional.empty());

        public Namespaces {
            machine = Set.copyOf(machine);
        }

        /** Whether it has a new namespace of this kind. */
        public boolean own(Kind kind) {
            return !machine.contains(kind)
                    && (kind != Kind.PID || processes.isEmpty())
                    && (kind != Kind.IPC || ipc.isEmpty());
        }
    }

    /**
     * An IPC namespace to join, with the /dev/shm that goes with it.
     *
     * @param namespace its file, {@code /proc/PID/ns/ipc}
     * @param mounts that of the mount namespace whose /dev/shm is taken, {@code /proc/PID/ns/mnt}
     */
    public record JoinedIpc(Path namespace, Path mounts) {}

    /**
     * A device's node (mknod(2)).
     *
     * @param path below /dev, normalized: "/dev/net/tun"
     * @param kind 'c' or 'b'
     * @param mode permissions, 0 to 07777
     * @param uid and {@code gid}: the container's
     */
    public record Device(String path, char kind, long major, long minor, int mode, long uid, long gid) {}
}
