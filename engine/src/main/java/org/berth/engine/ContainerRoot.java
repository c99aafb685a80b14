package org.berth.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.image.Images.Snapshot;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;

/** A container's root as the daemon opens it: by descriptor, mounted nowhere on the host. */
final class ContainerRoot {
    private ContainerRoot() {}

    /** What a container that does not run has: its changes over its layers, to read only. */
    static InRoot toRead(Snapshot snapshot) {
        List<Path> layers = new ArrayList<>();
        layers.add(snapshot.upper());
        layers.addAll(snapshot.lower());
        return MergedRoot.mount(layers, Optional.empty());
    }

    /** The same to write to; no container may run on it meanwhile. */
    static InRoot toWrite(Snapshot snapshot) {
        return MergedRoot.mount(
                snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())));
    }

    /** What a process sees as its root, with all that is mounted there. */
    static InRoot ofProcess(long pid) {
        return InRoot.open(Path.of("/proc/" + pid + "/root"));
    }
}
