package org.berth.server.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.HealthCheck;
import org.berth.compose.Jail;
import org.berth.compose.Mount;
import org.berth.control.TaskLabels;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerState;
import org.berth.engine.ImageChecks;
import org.berth.image.ImageHealth;

/** What the engine is asked for a task's container. */
public final class TaskRequests {
    private static final String SECRETS = "/run/secrets/";

    private TaskRequests() {}

    /** How a one-off container differs from a task; what is empty stays the service's. */
    public record OneOff(
            Optional<List<String>> entrypoint,
            Optional<List<String>> command,
            List<String> environment,
            Optional<String> user,
            Optional<String> workingDirectory,
            boolean terminal,
            boolean input,
            boolean remove,
            Optional<String> seccomp) {}

    /**
     * A task of a service: control restarts it, and publishes its ports.
     *
     * @param ofImage the image's own check, where the service says nothing of one
     * @param node the node's containers, of which it may join some
     */
    static ContainerRequest task(TaskSpec spec, Optional<ImageHealth> ofImage, List<ContainerState> node) {
        return request(
                spec,
                labels(spec),
                new OneOff(
                        spec.entrypoint(),
                        spec.command(),
                        List.of(),
                        spec.user(),
                        spec.workingDirectory(),
                        false,
                        false,
                        false,
                        Optional.empty()),
                spec.healthCheck()
                        .map(check -> Optional.of(check)
                                .filter(one -> !one.disabled())
                                .map(TaskRequests::check))
                        .orElseGet(() -> ofImage.flatMap(ImageChecks::of)),
                node);
    }

    /** A container of {@code berth run}: outside the balance, nobody checks its health. @param node as of a task */
    public static ContainerRequest oneOff(TaskSpec spec, OneOff wish, List<ContainerState> node) {
        Map<String, String> labels = labels(spec);
        labels.put(TaskLabels.ONE_OFF, "True");
        OneOff merged = new OneOff(
                wish.entrypoint().or(spec::entrypoint),
                wish.command().or(() -> wish.entrypoint().isPresent() ? Optional.empty() : spec.command()),
                wish.environment(),
                wish.user().or(spec::user),
                wish.workingDirectory().or(spec::workingDirectory),
                wish.terminal(),
                wish.input(),
                wish.remove(),
                wish.seccomp());
        return request(spec, labels, merged, Optional.empty(), node);
    }

    private static Map<String, String> labels(TaskSpec spec) {
        Map<String, String> labels = new LinkedHashMap<>(spec.labels());
        labels.put(TaskLabels.PROJECT, spec.project());
        labels.put(TaskLabels.SERVICE, spec.service());
        labels.put(TaskLabels.NUMBER, String.valueOf(spec.number()));
        labels.put(TaskLabels.HASH, spec.hash());
        labels.putIfAbsent(TaskLabels.ONE_OFF, "False");
        return labels;
    }

    private static ContainerRequest request(
            TaskSpec spec,
            Map<String, String> labels,
            OneOff process,
            Optional<ContainerRequest.HealthCheck> check,
            List<ContainerState> node) {
        Jail jail = spec.jail().orElse(Jail.STANDARD);
        List<String> environment = new ArrayList<>();
        spec.environment().forEach((name, value) -> environment.add(name + "=" + value));
        environment.addAll(process.environment());
        return ContainerRequest.of(spec.image())
                .name(Optional.of(spec.name()))
                .entrypoint(process.entrypoint())
                .command(process.command())
                .environment(environment)
                .user(process.user())
                .workingDirectory(process.workingDirectory())
                .hostname(spec.hostname())
                .labels(labels)
                .mounts(spec.mounts().stream().map(TaskRequests::mount).toList())
                .secrets(spec.secrets().stream().map(TaskRequests::secret).toList())
                .networkMode(spec.networks().isEmpty() ? NetworkMode.NONE : NetworkMode.NETWORKS)
                .networks(spec.networks().stream()
                        .map(network -> new NetworkAttachment(network, Set.of()))
                        .toList())
                .resources(JailRequests.resources(spec.limits(), jail.tuning()))
                .healthCheck(check)
                .terminal(process.terminal())
                .openInput(process.input())
                .closeInputOnce(process.input())
                .autoRemove(process.remove())
                .init(spec.init())
                .stopSignal(
                        spec.stopSignal().isPresent()
                                ? Optional.of(String.valueOf(spec.stopSignal().getAsInt()))
                                : Optional.empty())
                .stopGrace(Optional.of(spec.stopGracePeriod()))
                .userRange(spec.hostUsers() ? Optional.empty() : Optional.of(spec.project()))
                .seccomp(process.seccomp().or(jail::seccomp))
                .runtime(spec.runtime())
                .readOnlyRoot(jail.readOnlyRoot())
                .jail(JailRequests.of(jail, new Peers(spec.project(), spec.number(), node)))
                .build();
    }

    private static ContainerRequest.Mount mount(Mount mount) {
        return switch (mount.kind()) {
            case VOLUME -> new ContainerRequest.Mount.Volume(mount.source(), mount.target(), mount.readOnly());
            case MEMORY -> new ContainerRequest.Mount.Memory(mount.target(), mount.source());
            case BIND -> new ContainerRequest.Mount.Bind(folder(mount), mount.target(), mount.readOnly());
        };
    }

    private static Path folder(Mount mount) {
        Path folder = Path.of(mount.source());
        try {
            if (mount.createSource() && !Files.exists(folder)) {
                Files.createDirectories(folder);
            }
            return folder;
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "create bind source " + folder + ": " + e.getMessage(), e);
        }
    }

    private static ContainerRequest.Secret secret(TaskSpec.TaskSecret secret) {
        if (!secret.target().startsWith(SECRETS)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "secret " + secret.name() + ": target " + secret.target() + " must be below " + SECRETS);
        }
        return new ContainerRequest.Secret(
                secret.target().substring(SECRETS.length()),
                Path.of(secret.file()),
                secret.uid(),
                secret.gid(),
                secret.mode());
    }

    private static ContainerRequest.HealthCheck check(HealthCheck check) {
        return new ContainerRequest.HealthCheck(
                check.command(),
                check.interval(),
                check.timeout(),
                check.retries(),
                check.startPeriod(),
                check.startInterval());
    }
}
