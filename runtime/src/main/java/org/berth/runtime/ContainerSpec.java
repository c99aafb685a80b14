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
 * @param isolation empty: {@link Isolation#STANDARD}
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
        Optional<String> seccomp,
        Optional<Isolation> isolation) {
    public ContainerSpec {
        mounts = List.copyOf(mounts);
    }

    /** Where a container on the machine's network joins it: the file of whoever opens it. */
    public static final Path MACHINE_NETWORK = Path.of("/proc/self/ns/net");

    /** One to be described further; without that it has the host name "localhost", no mounts and no limits. */
    public static Builder of(String id, RootFilesystem root, ProcessSpec process) {
        return new Builder(id, root, process);
    }

    /** A specification being described. */
    public static final class Builder {
        private final String id;
        private final RootFilesystem root;
        private final ProcessSpec process;
        private List<MountSpec> mounts = List.of();
        private String hostname = "localhost";
        private Optional<Path> network = Optional.empty();
        private Resources resources = Resources.UNLIMITED;
        private boolean init;
        private boolean readOnlyRoot;
        private Optional<UserRange> users = Optional.empty();
        private Optional<String> seccomp = Optional.empty();
        private Optional<Isolation> isolation = Optional.empty();

        private Builder(String id, RootFilesystem root, ProcessSpec process) {
            this.id = id;
            this.root = root;
            this.process = process;
        }

        private Builder(ContainerSpec from) {
            this(from.id, from.root, from.process);
            mounts = from.mounts;
            hostname = from.hostname;
            network = from.networkNamespace;
            resources = from.resources;
            init = from.init;
            readOnlyRoot = from.readOnlyRoot;
            users = from.users;
            seccomp = from.seccomp;
            isolation = from.isolation;
        }

        public Builder mounts(List<MountSpec> list) {
            mounts = list;
            return this;
        }

        public Builder hostname(String name) {
            hostname = name;
            return this;
        }

        public Builder network(Optional<Path> namespace) {
            network = namespace;
            return this;
        }

        public Builder resources(Resources limits) {
            resources = limits;
            return this;
        }

        public Builder init(boolean own) {
            init = own;
            return this;
        }

        public Builder readOnlyRoot(boolean readOnly) {
            readOnlyRoot = readOnly;
            return this;
        }

        public Builder users(Optional<UserRange> range) {
            users = range;
            return this;
        }

        public Builder seccomp(Optional<String> choice) {
            seccomp = choice;
            return this;
        }

        public Builder isolation(Optional<Isolation> others) {
            isolation = others;
            return this;
        }

        public ContainerSpec build() {
            return new ContainerSpec(
                    id,
                    root,
                    mounts,
                    hostname,
                    network,
                    resources,
                    process,
                    init,
                    readOnlyRoot,
                    users,
                    seccomp,
                    isolation);
        }
    }

    /** This one to be changed; it stays as it is itself. */
    public Builder change() {
        return new Builder(this);
    }

    /** The same with other mounts. */
    public ContainerSpec withMounts(List<MountSpec> others) {
        return change().mounts(others).build();
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
