package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.image.ImageConfig;
import org.berth.network.Networks.PublishedPort;

/** A container as {@code GET /containers/json} and {@code /containers/{id}/json} show it. Pure. */
final class ContainerJson {
    private ContainerJson() {}

    /** One line of docker ps. */
    static Map<String, Object> summary(
            ContainerState state, VolumeFolders folders, ImageNames names, ServicePorts ofServices, Instant now) {
        return object().with("Id", state.id())
                .with("Names", List.of("/" + state.name()))
                .with("Image", names.of(state))
                .with("ImageID", state.imageId())
                .with("Command", String.join(" ", state.arguments()))
                .with("Created", state.created().getEpochSecond())
                .with("Ports", ports(state, ofServices))
                .with("Labels", state.request().labels())
                .with("State", word(state.status()))
                .with("Status", status(state, now))
                .with("HostConfig", Map.of("NetworkMode", networkMode(state)))
                .with("NetworkSettings", Map.of("Networks", EndpointJson.networks(state)))
                .with("Mounts", MountJson.list(state, folders))
                .map();
    }

    private static List<Object> ports(ContainerState state, ServicePorts ofServices) {
        List<PublishedPort> published = new ArrayList<>(state.ports());
        if (state.status() == Status.RUNNING) {
            published.addAll(ofServices.of(state.request().labels()));
        }
        List<Object> ports = new ArrayList<>();
        for (PublishedPort port : published) {
            ports.add(object().with("IP", port.address().getHostAddress())
                    .with("PrivatePort", port.containerPort())
                    .with("PublicPort", port.hostPort())
                    .with("Type", port.protocol())
                    .map());
        }
        return ports;
    }

    /** "Up 5 minutes (healthy)", "Exited (0) 3 seconds ago". */
    static String status(ContainerState state, Instant now) {
        return switch (state.status()) {
            case CREATED -> "Created";
            case RUNNING -> "Up " + since(state.started(), now) + health(state);
            case PAUSED -> "Up " + since(state.started(), now) + " (Paused)";
            case RESTARTING -> "Restarting (" + state.exitCode() + ") " + since(state.finished(), now) + " ago";
            case REMOVING -> "Removal In Progress";
            case DEAD -> "Dead";
            case EXITED -> "Exited (" + state.exitCode() + ") " + since(state.finished(), now) + " ago";
        };
    }

    private static String health(ContainerState state) {
        return switch (state.health().status()) {
            case NONE -> "";
            case STARTING -> " (health: starting)";
            case HEALTHY -> " (healthy)";
            case UNHEALTHY -> " (unhealthy)";
        };
    }

    private static String since(Optional<Instant> time, Instant now) {
        return HumanTime.of(Duration.between(time.orElse(now), now));
    }

    /** docker inspect. */
    static Map<String, Object> inspect(ContainerState state, Optional<ImageConfig> image, VolumeFolders folders) {
        return object().with("Id", state.id())
                .with("Created", Times.text(state.created()))
                .with(
                        "Path",
                        state.arguments().isEmpty() ? "" : state.arguments().getFirst())
                .with("Args", state.arguments().stream().skip(1).toList())
                .with("State", state(state))
                .with("Image", state.imageId())
                .with("ResolvConfPath", "")
                .with("HostnamePath", "")
                .with("HostsPath", "")
                .with("LogPath", "")
                .with("Name", "/" + state.name())
                .with("RestartCount", state.restarts())
                .with("Driver", "overlay2")
                .with("Platform", "linux")
                .with("MountLabel", "")
                .with("ProcessLabel", "")
                .with("AppArmorProfile", "")
                .with("ExecIDs", state.execs())
                .with("HostConfig", HostConfigJson.of(state))
                .with("GraphDriver", Map.of("Name", "overlay2", "Data", Map.of()))
                .with("Mounts", MountJson.list(state, folders))
                .with("Config", config(state, image))
                .with("NetworkSettings", EndpointJson.settings(state))
                .map();
    }

    private static Map<String, Object> state(ContainerState state) {
        boolean runs = state.status() == Status.RUNNING || state.status() == Status.PAUSED;
        JsonObject json = object().with("Status", word(state.status()))
                .with("Running", runs || state.status() == Status.RESTARTING)
                .with("Paused", state.status() == Status.PAUSED)
                .with("Restarting", state.status() == Status.RESTARTING)
                .with("OOMKilled", state.outOfMemory())
                .with("Dead", state.status() == Status.DEAD)
                .with("Pid", state.pid())
                .with("ExitCode", state.exitCode())
                .with("Error", state.failure())
                .with("StartedAt", Times.text(state.started()))
                .with("FinishedAt", Times.text(state.finished()));
        if (state.health().status() != HealthStatus.NONE) {
            json.with("Health", healthOf(state));
        }
        return json.map();
    }

    private static Map<String, Object> healthOf(ContainerState state) {
        List<Object> log = new ArrayList<>();
        for (ContainerState.Health.Probe probe : state.health().log()) {
            log.add(object().with("Start", Times.text(probe.start()))
                    .with("End", Times.text(probe.end()))
                    .with("ExitCode", probe.exitCode())
                    .with("Output", probe.output())
                    .map());
        }
        return object().with("Status", state.health().status().name().toLowerCase(Locale.ROOT))
                .with("FailingStreak", state.health().failures())
                .with("Log", log)
                .map();
    }

    private static Map<String, Object> config(ContainerState state, Optional<ImageConfig> image) {
        ContainerRequest request = state.request();
        JsonObject json = object().with(
                        "Hostname",
                        request.hostname()
                                .orElse(state.id()
                                        .substring(0, Math.min(12, state.id().length()))))
                .with("Domainname", "")
                .with(
                        "User",
                        request.user().or(() -> image.map(ImageConfig::user)).orElse(""))
                .with("AttachStdin", request.openInput())
                .with("AttachStdout", true)
                .with("AttachStderr", true)
                .with("ExposedPorts", exposed(state))
                .with("Tty", request.terminal())
                .with("OpenStdin", request.openInput())
                .with("StdinOnce", request.closeInputOnce())
                .with("Env", environment(request, image))
                .with("Cmd", command(request, image))
                .with("Image", request.image())
                .with("Volumes", Map.of())
                .with(
                        "WorkingDir",
                        request.workingDirectory()
                                .or(() -> image.map(ImageConfig::workingDirectory))
                                .orElse(""))
                .with(
                        "Entrypoint",
                        request.entrypoint()
                                .or(() -> image.map(ImageConfig::entrypoint))
                                .orElse(List.of()))
                .with("Labels", request.labels());
        request.stopSignal().ifPresent(signal -> json.with("StopSignal", signal));
        request.stopGrace().ifPresent(grace -> json.with("StopTimeout", grace.toSeconds()));
        request.healthCheck().ifPresent(check -> json.with("Healthcheck", check(check)));
        return json.map();
    }

    /** The image's, with the request's over them. */
    private static List<String> environment(ContainerRequest request, Optional<ImageConfig> image) {
        Map<String, String> merged = new LinkedHashMap<>();
        image.map(ImageConfig::environment).orElse(List.of()).forEach(line -> merged.put(name(line), line));
        request.environment().forEach(line -> merged.put(name(line), line));
        return List.copyOf(merged.values());
    }

    private static String name(String line) {
        int equals = line.indexOf('=');
        return equals < 0 ? line : line.substring(0, equals);
    }

    /** An entrypoint of one's own takes the image's command away. */
    private static List<String> command(ContainerRequest request, Optional<ImageConfig> image) {
        return request.command()
                .or(() -> request.entrypoint().isPresent() ? Optional.empty() : image.map(ImageConfig::command))
                .orElse(List.of());
    }

    private static Map<String, Object> check(ContainerRequest.HealthCheck check) {
        List<String> test = new ArrayList<>(List.of("CMD"));
        test.addAll(check.test());
        return object().with("Test", test)
                .with("Interval", check.interval().toNanos())
                .with("Timeout", check.timeout().toNanos())
                .with("StartPeriod", check.startPeriod().toNanos())
                .with("StartInterval", check.startInterval().toNanos())
                .with("Retries", check.retries())
                .map();
    }

    private static Map<String, Object> exposed(ContainerState state) {
        Map<String, Object> exposed = new LinkedHashMap<>();
        state.ports().forEach(port -> exposed.put(port.containerPort() + "/" + port.protocol(), Map.of()));
        return exposed;
    }

    /** Docker's word for a status. */
    static String word(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    static String networkMode(ContainerState state) {
        if (state.request().networkMode() == NetworkMode.NETWORKS) {
            return state.request().networks().isEmpty()
                    ? NetworkReader.DEFAULT
                    : state.request().networks().getFirst().network();
        }
        return state.request().networkMode() == NetworkMode.HOST ? "host" : "none";
    }

    /** Docker's word for a restart policy. */
    static String word(RestartPolicy.Kind kind) {
        return switch (kind) {
            case NO -> "no";
            case ALWAYS -> "always";
            case UNLESS_STOPPED -> "unless-stopped";
            case ON_FAILURE -> "on-failure";
        };
    }
}
