package org.berth.runtime.oci.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.runtime.plan.Placement.Group;

/**
 * What a bundle's plan depends on besides its configuration: where it is on the host, what the host
 * is like, what the command line asks for.
 *
 * @param root the root's folder, absolute and without links
 * @param waitFifo where the process waits for {@code start} to write a byte
 * @param resultFifo which ends when the process has executed its program; else it says which step
 *     failed: its index and the negated error number, two 32-bit words
 * @param groups the control groups to join; exist, in an order that joins v1 first
 * @param filter the filter of system calls
 * @param preserved how many descriptors are passed after {@link BundleDescriptors#SYNC} to become 3 and up
 * @param idMaps by a mount's index: which of the user namespaces passed after those has its mappings
 * @param fileMounts the indexes of binds whose source is no folder
 * @param copied by a tmpfs's index: what it is filled with (tmpcopyup)
 * @param home HOME for a process that is not given one, by the root's passwd
 * @param pivot whether pivot_root(2) can be used: not on a ramfs
 * @param newKeyring whether the process gets a session keyring of its own
 * @param privileged whether the runtime is root of the host's mount and user namespaces
 * @param setsGroups whether setgroups(2) is allowed in the container's user namespace
 * @param lastCapability the highest capability that the kernel knows
 * @param copiesDetachedMounts whether a mount that is attached nowhere can be copied (Linux 6.15)
 * @param givenStreams the standard streams that are given to the process's user: pipes and terminals,
 *     which it must be able to open again as /dev/stdout
 */
public record BundlePlacement(
        Path root,
        Path waitFifo,
        Path resultFifo,
        List<Group> groups,
        Optional<Filter> filter,
        int preserved,
        Map<Integer, Integer> idMaps,
        Set<Integer> fileMounts,
        Map<Integer, List<CopiedFile>> copied,
        Optional<String> home,
        boolean pivot,
        boolean newKeyring,
        boolean privileged,
        boolean setsGroups,
        int lastCapability,
        boolean copiesDetachedMounts,
        Set<Integer> givenStreams) {
    public BundlePlacement {
        groups = List.copyOf(groups);
        idMaps = Map.copyOf(idMaps);
        fileMounts = Set.copyOf(fileMounts);
        copied = Map.copyOf(copied);
        givenStreams = Set.copyOf(givenStreams);
    }

    /**
     * A compiled filter.
     *
     * @param program struct sock_filter, 8 bytes each
     * @param flags SECCOMP_FILTER_FLAG_*, without NEW_LISTENER
     * @param notifies whether a listener is wanted
     */
    public record Filter(byte[] program, int flags, boolean notifies) {}

    /**
     * A file below a tmpfs's place, to be copied into it; folders come before what is in them.
     *
     * @param path relative to the tmpfs
     * @param target of a symbolic link
     * @param mode permission bits
     * @param size of a regular file, bytes
     */
    public record CopiedFile(Kind kind, String path, String target, int mode, long uid, long gid, long size) {
        /** What can be copied. */
        public enum Kind {
            FOLDER,
            FILE,
            LINK
        }
    }
}
