package org.berth.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.berth.image.Images.Snapshot;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;
import org.berth.linux.user.MappedFolder;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime;
import org.berth.runtime.ContainerRuntime.StartedProcess;

/** A container's root as the daemon opens it: by descriptor, mounted nowhere on the host. */
final class ContainerRoot {
    private ContainerRoot() {}

    /** What a container that does not run has: its changes over its layers, to read only. */
    static InRoot toRead(Snapshot snapshot, Optional<UserRange> users, UserRanges ranges) {
        return users.map(range -> mapped(snapshot, range, ranges, ContainerRoot::toRead))
                .orElseGet(() -> toRead(snapshot));
    }

    /** The same to write to; no container may run on it meanwhile. */
    static InRoot toWrite(Snapshot snapshot, Optional<UserRange> users, UserRanges ranges) {
        return users.map(range -> {
                    // what the kernel has there is root's of the machine, who is nobody where ids are mapped back
                    Folders.names(snapshot.work())
                            .forEach(name -> Folders.delete(snapshot.work().resolve(name)));
                    Ownership.give(snapshot.work(), range);
                    return mapped(snapshot, range, ranges, ContainerRoot::toWrite);
                })
                .orElseGet(() -> toWrite(snapshot));
    }

    private static InRoot toRead(Snapshot snapshot) {
        List<Path> layers = new ArrayList<>();
        layers.add(snapshot.upper());
        layers.addAll(snapshot.lower());
        return MergedRoot.mount(layers, Optional.empty());
    }

    private static InRoot toWrite(Snapshot snapshot) {
        return MergedRoot.mount(
                snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())));
    }

    /** With the ids that the container sees. */
    private static InRoot mapped(
            Snapshot snapshot, UserRange range, UserRanges ranges, Function<Snapshot, InRoot> mount) {
        Path own = snapshot.upper().resolveSibling("");
        try (MappedFolder folder = ranges.asSeenInside(range, own)) {
            return mount.apply(new Snapshot(
                    snapshot.key(),
                    snapshot.lower(),
                    folder.path().resolve(own.relativize(snapshot.upper())),
                    folder.path().resolve(own.relativize(snapshot.work()))));
        }
    }

    /** What a running container sees as its root, with all that is mounted there; empty when it has ended. */
    static Optional<InRoot> ofRunning(LiveContainer container, ContainerRuntime runtime) {
        return container
                .process()
                .map(StartedProcess::pid)
                .filter(pid -> pid > 0)
                .flatMap(pid -> ofProcess(pid, () -> runtime.lives(container.id())));
    }

    /**
     * The root of the process that has a number now, if it is the one that is meant. A number whose process has ended may
     * be another's, whose root is the machine's.
     *
     * @param isStill whether the number is still of the one that is meant: asked when the root is open
     */
    static Optional<InRoot> ofProcess(long pid, BooleanSupplier isStill) {
        InRoot root;
        try {
            root = InRoot.open(Path.of("/proc/" + pid + "/root"));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
                return Optional.empty();
            }
            throw e;
        }
        try {
            if (isStill.getAsBoolean()) {
                return Optional.of(root);
            }
        } catch (RuntimeException e) {
            root.close();
            throw e;
        }
        root.close();
        return Optional.empty();
    }
}
