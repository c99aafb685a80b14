package org.berth.image;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The configuration of an image (OCI image-spec, config.md), without its history.
 *
 * @param environment NAME=value
 * @param user as the Dockerfile wrote it: "", "name", "uid:gid"
 * @param workingDirectory absolute; "" for the root
 * @param exposedPorts "80/tcp"
 * @param volumes absolute paths
 * @param stopSignal "" for SIGTERM
 * @param health how its containers are probed
 * @param onBuild instructions that a build on this image does first (Docker's addition)
 * @param shell what runs lines of a build on this image; empty for /bin/sh -c (Docker's addition)
 */
public record ImageConfig(
        String architecture,
        Instant created,
        List<String> environment,
        List<String> entrypoint,
        List<String> command,
        String user,
        String workingDirectory,
        Set<String> exposedPorts,
        Set<String> volumes,
        Map<String, String> labels,
        String stopSignal,
        Optional<ImageHealth> health,
        List<String> onBuild,
        List<String> shell) {

    /** One that says nothing to builds. */
    public ImageConfig(
            String architecture,
            Instant created,
            List<String> environment,
            List<String> entrypoint,
            List<String> command,
            String user,
            String workingDirectory,
            Set<String> exposedPorts,
            Set<String> volumes,
            Map<String, String> labels,
            String stopSignal,
            Optional<ImageHealth> health) {
        this(
                architecture,
                created,
                environment,
                entrypoint,
                command,
                user,
                workingDirectory,
                exposedPorts,
                volumes,
                labels,
                stopSignal,
                health,
                List.of(),
                List.of());
    }

    /** One that says nothing of its health. */
    public ImageConfig(
            String architecture,
            Instant created,
            List<String> environment,
            List<String> entrypoint,
            List<String> command,
            String user,
            String workingDirectory,
            Set<String> exposedPorts,
            Set<String> volumes,
            Map<String, String> labels,
            String stopSignal) {
        this(
                architecture,
                created,
                environment,
                entrypoint,
                command,
                user,
                workingDirectory,
                exposedPorts,
                volumes,
                labels,
                stopSignal,
                Optional.empty());
    }
}
