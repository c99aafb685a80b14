package org.berth.engine;

import java.util.List;
import java.util.Optional;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.runtime.Resources;

/** Copies of a request with one part changed. */
final class Requests {
    private Requests() {}

    static ContainerRequest withName(ContainerRequest from, String name) {
        return copy(from, Optional.of(name), from.mounts(), from.networks(), from.resources());
    }

    static ContainerRequest withMounts(ContainerRequest from, List<Mount> mounts) {
        return copy(from, from.name(), List.copyOf(mounts), from.networks(), from.resources());
    }

    static ContainerRequest withNetworks(ContainerRequest from, List<NetworkAttachment> networks) {
        return copy(from, from.name(), from.mounts(), List.copyOf(networks), from.resources());
    }

    static ContainerRequest withResources(ContainerRequest from, Resources resources) {
        return copy(from, from.name(), from.mounts(), from.networks(), resources);
    }

    private static ContainerRequest copy(
            ContainerRequest from,
            Optional<String> name,
            List<Mount> mounts,
            List<NetworkAttachment> networks,
            Resources resources) {
        return new ContainerRequest(
                name,
                from.image(),
                from.entrypoint(),
                from.command(),
                from.environment(),
                from.user(),
                from.workingDirectory(),
                from.hostname(),
                from.labels(),
                mounts,
                from.secrets(),
                from.networkMode(),
                networks,
                from.ports(),
                resources,
                from.healthCheck(),
                from.restart(),
                from.terminal(),
                from.openInput(),
                from.closeInputOnce(),
                from.autoRemove(),
                from.init(),
                from.readOnlyRoot(),
                from.stopSignal(),
                from.stopGrace(),
                from.userRange(),
                from.seccomp(),
                from.runtime());
    }
}
