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
        return from.change().name(Optional.of(name)).build();
    }

    static ContainerRequest withMounts(ContainerRequest from, List<Mount> mounts) {
        return from.change().mounts(List.copyOf(mounts)).build();
    }

    static ContainerRequest withNetworks(ContainerRequest from, List<NetworkAttachment> networks) {
        return from.change().networks(List.copyOf(networks)).build();
    }

    static ContainerRequest withResources(ContainerRequest from, Resources resources) {
        return from.change().resources(resources).build();
    }
}
