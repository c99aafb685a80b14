package org.berth.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.user.UserRange;

/**
 * What a container is to be, in OCI runtime-spec's words (config.json): the part that Berth plans.
 *
 * @param id 64 hexadecimal digits
 * @param root its root filesystem
 * @param mounts what is mounted besides the standard ones (/proc, /dev, /dev/pts, /dev/shm,
 *     /dev/mqueue, /sys, /sys/fs/cgroup), in this order
 * @param hostname its host name, 1 to 64 bytes
 * @param networkNamespace a file that holds the network namespace to join (a bind mount of nsfs);
 *     empty for a new one that has only loopback
 * @param resources its limits
 * @param process its first process
 * @param init whether process 1 is Berth's own init, which forwards signals and reaps orphans
 * @param readOnlyRoot whether the root is mounted read-only
 * @param users the ids of this machine that are its own; its root's upper folder belongs to the first of them, its network
 *     namespace to their user namespace. Empty: the machine's ids as they are
 * @param seccomp empty: the standard filter of system calls; "unconfined": none; "learn": the standard one,
 *     and the calls it makes are told of when it is explained after its end; else a profile of its own in
 *     docker's JSON format
 */
public record ContainerSpec(
        String id,
        RootFilesystem root,
        List<MountSpec> mounts,
        String hostname,
        Optional<Path> networkNamespace,
        Resources resources,
        ProcessSpec process,
        boolean init,
        boolean readOnlyRoot,
        Optional<UserRange> users,
        Optional<String> seccomp) {
    public ContainerSpec {
        mounts = List.copyOf(mounts);
    }

    /** One with the machine's ids. */
    public ContainerSpec(
            String id,
            RootFilesystem root,
            List<MountSpec> mounts,
            String hostname,
            Optional<Path> networkNamespace,
            Resources resources,
            ProcessSpec process,
            boolean init,
            boolean readOnlyRoot) {
        this(id, root, mounts, hostname, networkNamespace, resources, process, init, readOnlyRoot, Optional.empty());
    }

    /** One with the standard filter. */
    public ContainerSpec(
            String id,
            RootFilesystem root,
            List<MountSpec> mounts,
            String hostname,
            Optional<Path> networkNamespace,
            Resources resources,
            ProcessSpec process,
            boolean init,
            boolean readOnlyRoot,
            Optional<UserRange> users) {
        this(
                id,
                root,
                mounts,
                hostname,
                networkNamespace,
                resources,
                process,
                init,
                readOnlyRoot,
                users,
                Optional.empty());
    }

    /** The same with this choice of a filter. */
    public ContainerSpec withSeccomp(Optional<String> choice) {
        return new ContainerSpec(
                id, root, mounts, hostname, networkNamespace, resources, process, init, readOnlyRoot, users, choice);
    }

    /** The same with other mounts. */
    public ContainerSpec withMounts(List<MountSpec> others) {
        return new ContainerSpec(
                id, root, others, hostname, networkNamespace, resources, process, init, readOnlyRoot, users, seccomp);
    }

    /**
     * An overlay: read-only layers below, one writable above (overlayfs, kernel
     * Documentation/filesystems/overlayfs.rst).
     *
     * @param lower the layers' folders on the host, the topmost first; none: {@code upper} itself is the root
     * @param upper the folder that takes every change
     * @param work overlayfs' own folder, on the file system of {@code upper}
     */
    public record RootFilesystem(List<Path> lower, Path upper, Path work) {
        public RootFilesystem {
            lower = List.copyOf(lower);
        }
    }

    /** Something mounted in the container; the target is resolved inside its root. */
    public sealed interface MountSpec {
        /** Where, an absolute path in the container; folders that are missing are made. */
        String target();

        /** A host folder or file; recursive and private, nosuid and nodev off as in docker. */
        record Bind(Path source, String target, boolean readOnly) implements MountSpec {}

        /** An empty file system in memory, with the options given (mode=, size=). */
        record Temporary(String target, String options) implements MountSpec {}
    }
}
