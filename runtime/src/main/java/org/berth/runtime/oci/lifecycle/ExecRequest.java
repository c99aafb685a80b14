package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.berth.runtime.oci.config.OciProcess;

/**
 * One more process for a container.
 *
 * @param process it, as a file describes it
 * @param changed it, made of the container's own one, when there is no such file
 * @param consoleSocket takes the terminal's master
 * @param pidFile takes its id
 * @param pidDescriptorSocket takes a descriptor of it (pidfd_open(2))
 * @param preservedDescriptors how many from 3 on it gets
 * @param group the group below the container's that it joins
 * @param ignorePaused whether it may be put into a paused container
 * @param waits whether the command stays with it
 */
public record ExecRequest(
        String id,
        Optional<OciProcess> process,
        UnaryOperator<OciProcess> changed,
        Optional<Path> consoleSocket,
        Optional<Path> pidFile,
        Optional<Path> pidDescriptorSocket,
        int preservedDescriptors,
        Optional<String> group,
        boolean ignorePaused,
        boolean waits) {}
