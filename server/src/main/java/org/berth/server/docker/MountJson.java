package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.List;
import java.util.Map;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerState;

/** A container's mounts as MountPoint objects. Pure. */
final class MountJson {
    private MountJson() {}

    static List<Map<String, Object>> list(ContainerState state, VolumeFolders folders) {
        return state.request().mounts().stream()
                .map(mount -> one(mount, folders))
                .toList();
    }

    private static Map<String, Object> one(Mount mount, VolumeFolders folders) {
        return switch (mount) {
            case Mount.Volume volume ->
                object().with("Type", "volume")
                        .with("Name", volume.name())
                        .with("Source", folders.of(volume.name()))
                        .with("Destination", volume.target())
                        .with("Driver", "local")
                        .with("Mode", volume.readOnly() ? "ro" : "")
                        .with("RW", !volume.readOnly())
                        .with("Propagation", "")
                        .map();
            case Mount.Bind bind ->
                object().with("Type", "bind")
                        .with("Source", bind.source().toString())
                        .with("Destination", bind.target())
                        .with("Mode", bind.readOnly() ? "ro" : "")
                        .with("RW", !bind.readOnly())
                        .with("Propagation", "rprivate")
                        .map();
            case Mount.Memory memory ->
                object().with("Type", "tmpfs")
                        .with("Source", "")
                        .with("Destination", memory.target())
                        .with("Mode", memory.options())
                        .with("RW", true)
                        .with("Propagation", "")
                        .map();
        };
    }
}
