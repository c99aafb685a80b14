package org.berth.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.Secret;
import org.berth.image.ImageConfig;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Resources;

/** A request to write tests with: plain, and changed a part at a time. */
final class Samples {
    String image = "tiny";
    Optional<String> name = Optional.empty();
    Optional<List<String>> entrypoint = Optional.empty();
    Optional<List<String>> command = Optional.empty();
    List<String> environment = List.of();
    Optional<String> user = Optional.empty();
    Optional<String> workingDirectory = Optional.empty();
    Optional<String> hostname = Optional.empty();
    Map<String, String> labels = Map.of();
    List<Mount> mounts = List.of();
    List<Secret> secrets = List.of();
    NetworkMode networkMode = NetworkMode.NONE;
    List<NetworkAttachment> networks = List.of();
    List<PublishedPort> ports = List.of();
    Resources resources = Resources.UNLIMITED;
    Optional<HealthCheck> healthCheck = Optional.empty();
    RestartPolicy restart = RestartPolicy.NO;
    boolean terminal;
    boolean openInput;
    boolean closeInputOnce;
    boolean autoRemove;
    boolean init;
    boolean readOnlyRoot;
    Optional<String> stopSignal = Optional.empty();
    Optional<Duration> stopGrace = Optional.empty();
    Optional<String> userRange = Optional.of("");
    Optional<String> seccomp = Optional.empty();
    Optional<JailRequest> jail = Optional.empty();

    static Samples run(String... command) {
        Samples samples = new Samples();
        samples.command = Optional.of(List.of(command));
        return samples;
    }

    /** Runs a line of the shell. */
    static Samples shell(String line) {
        return run("/bin/sh", "-c", line);
    }

    Samples with(UnaryOperator<Samples> change) {
        return change.apply(this);
    }

    ContainerRequest build() {
        return ContainerRequest.of(image)
                .name(name)
                .entrypoint(entrypoint)
                .command(command)
                .environment(environment)
                .user(user)
                .workingDirectory(workingDirectory)
                .hostname(hostname)
                .labels(labels)
                .mounts(mounts)
                .secrets(secrets)
                .networkMode(networkMode)
                .networks(networks)
                .ports(ports)
                .resources(resources)
                .healthCheck(healthCheck)
                .restart(restart)
                .terminal(terminal)
                .openInput(openInput)
                .closeInputOnce(closeInputOnce)
                .autoRemove(autoRemove)
                .init(init)
                .readOnlyRoot(readOnlyRoot)
                .stopSignal(stopSignal)
                .stopGrace(stopGrace)
                .userRange(userRange)
                .seccomp(seccomp)
                .jail(jail)
                .build();
    }

    /** With ids of its own. */
    Samples ownIds(String owner) {
        userRange = Optional.of(owner);
        return this;
    }

    /** In another jail. */
    Samples jail(JailRequestBuilder other) {
        jail = Optional.of(other.build());
        return this;
    }

    /** With the machine's ids. */
    Samples hostIds() {
        userRange = Optional.empty();
        return this;
    }

    static ImageConfig config(List<String> environment, List<String> entrypoint, List<String> command) {
        return config(environment, entrypoint, command, "", Set.of());
    }

    static ImageConfig config(
            List<String> environment, List<String> entrypoint, List<String> command, String user, Set<String> volumes) {
        return new ImageConfig(
                "amd64", Instant.EPOCH, environment, entrypoint, command, user, "", Set.of(), volumes, Map.of(), "");
    }
}
