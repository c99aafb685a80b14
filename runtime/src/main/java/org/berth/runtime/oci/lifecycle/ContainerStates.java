package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.berth.runtime.oci.config.OciConfig;

/** The state that a new container begins with. */
final class ContainerStates {
    private ContainerStates() {}

    static ContainerState creating(OciConfig config, CreateRequest request, Environment environment) {
        Path bundle = request.bundle().toAbsolutePath().normalize();
        String root = config.root()
                .map(given -> bundle.resolve(given.path()).normalize().toString())
                .orElse("");
        return new ContainerState(
                config.ociVersion(),
                request.id(),
                0,
                "",
                Processes.bootId(),
                bundle.toString(),
                root,
                environment.clock().instant().truncatedTo(ChronoUnit.MICROS).toString(),
                System.getProperty("user.name", ""),
                config.annotations(),
                List.of(),
                request.manager() == GroupManager.SYSTEMD);
    }
}
