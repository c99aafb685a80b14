package org.berth.server.docker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.control.TaskLabels;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ImageChecks;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;
import tools.jackson.databind.JsonNode;

/** Reads the body of {@code POST /containers/create} (API 1.48, ContainerConfig and HostConfig). Pure. */
final class CreateRequest {
    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);
    private static final Duration DEFAULT_START_INTERVAL = Duration.ofSeconds(5);
    private static final int DEFAULT_RETRIES = 3;
    private static final ImageHealth NO_HEALTH =
            new ImageHealth(List.of(), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

    private CreateRequest() {}

    /**
     * What a request takes from its image here; the rest the engine does.
     *
     * @param ports what it exposes, "80/tcp": published too with PublishAllPorts
     * @param health its own check, where the request has none
     */
    record OfImage(Set<String> ports, Optional<ImageHealth> health) {
        static final OfImage NOTHING = new OfImage(Set.of(), Optional.empty());

        static OfImage of(ImageConfig config) {
            return new OfImage(config.exposedPorts(), config.health());
        }
    }

    /**
     * Reads it; UNSUPPORTED names what Berth does not honour.
     *
     * @param hostname the machine's, which containers on the host's network have
     */
    static ContainerRequest read(JsonNode body, Optional<String> name, OfImage ofImage, String hostname) {
        Unsupported.check(body);
        JsonNode host = Tree.at(body, "HostConfig");
        String image = Tree.text(body, "Image")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "Image must name an image"));
        return ContainerRequest.of(image)
                .name(name.map(text -> text.startsWith("/") ? text.substring(1) : text))
                .entrypoint(Tree.texts(body, "Entrypoint").map(CreateRequest::cleared))
                .command(Tree.texts(body, "Cmd").filter(command -> !command.isEmpty()))
                .environment(Tree.texts(body, "Env").orElse(List.of()))
                .user(Tree.text(body, "User"))
                .workingDirectory(Tree.text(body, "WorkingDir"))
                .hostname(Tree.text(body, "Hostname")
                        .or(() -> Optional.of(hostname).filter(all -> NetworkReader.mode(host) == NetworkMode.HOST)))
                .labels(Tree.map(body, "Labels"))
                .mounts(MountReader.read(body))
                .networkMode(NetworkReader.mode(host))
                .networks(NetworkReader.attachments(body))
                .ports(PortReader.read(body, ofImage.ports()))
                .resources(ResourceReader.read(host))
                .healthCheck(healthCheck(Tree.at(body, "Healthcheck"), ofImage.health()))
                .restart(restart(Tree.at(host, "RestartPolicy")))
                .terminal(Tree.flag(body, "Tty"))
                .openInput(Tree.flag(body, "OpenStdin"))
                .closeInputOnce(Tree.flag(body, "StdinOnce"))
                .autoRemove(Tree.flag(host, "AutoRemove"))
                .init(Tree.flag(host, "Init"))
                .readOnlyRoot(Tree.flag(host, "ReadonlyRootfs"))
                .stopSignal(Tree.text(body, "StopSignal").map(CreateRequest::checkedSignal))
                .stopGrace(stopGrace(body))
                .userRange(userRange(host, Tree.map(body, "Labels")))
                .seccomp(SecurityOptions.seccomp(host))
                .runtime(Tree.text(host, "Runtime"))
                .jail(JailReader.read(body).unlessStandard())
                .build();
    }

    /** That of its Compose project, or of the instance; none with the machine's user namespace. */
    private static Optional<String> userRange(JsonNode host, Map<String, String> labels) {
        String mode = Tree.text(host, "UsernsMode").orElse("");
        return switch (mode) {
            case "" -> Optional.of(labels.getOrDefault(TaskLabels.PROJECT, ""));
            case "host" -> Optional.empty();
            default ->
                throw new BerthException(
                        ErrorCode.INVALID, "invalid user namespace mode: '" + mode + "': expected host, or none");
        };
    }

    /** {@code --entrypoint ""} comes as a list with one empty text: no entrypoint at all. */
    private static List<String> cleared(List<String> entrypoint) {
        return entrypoint.equals(List.of("")) ? List.of() : entrypoint;
    }

    private static String checkedSignal(String text) {
        int ignored = Signals.number(text);
        return text;
    }

    private static Optional<Duration> stopGrace(JsonNode body) {
        JsonNode seconds = Tree.at(body, "StopTimeout");
        return seconds.isIntegralNumber() ? Optional.of(Duration.ofSeconds(seconds.longValue())) : Optional.empty();
    }

    private static RestartPolicy restart(JsonNode policy) {
        String name = Tree.text(policy, "Name").orElse("no");
        int maximum = Math.toIntExact(Tree.number(policy, "MaximumRetryCount"));
        return switch (name) {
            case "no" -> RestartPolicy.NO;
            case "always" -> new RestartPolicy(RestartPolicy.Kind.ALWAYS, 0);
            case "unless-stopped" -> new RestartPolicy(RestartPolicy.Kind.UNLESS_STOPPED, 0);
            case "on-failure" -> new RestartPolicy(RestartPolicy.Kind.ON_FAILURE, maximum);
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "invalid restart policy: unknown policy '" + name
                                + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
        };
    }

    /** The request's test, else the image's; times that the request has are taken for either. */
    private static Optional<HealthCheck> healthCheck(JsonNode check, Optional<ImageHealth> ofImage) {
        Optional<List<String>> own = Tree.texts(check, "Test").filter(test -> !test.isEmpty());
        ImageHealth otherwise = ofImage.filter(image -> own.isEmpty()).orElse(NO_HEALTH);
        List<String> test = own.orElse(otherwise.test());
        if (test.isEmpty()) {
            return Optional.empty();
        }
        List<String> command = ImageChecks.command(test);
        if (command.isEmpty()) {
            return Optional.empty();
        }
        int retries = Math.toIntExact(Tree.number(check, "Retries"));
        return Optional.of(new HealthCheck(
                command,
                duration(check, "Interval", otherwise.interval(), DEFAULT_INTERVAL),
                duration(check, "Timeout", otherwise.timeout(), DEFAULT_INTERVAL),
                retries > 0 ? retries : otherwise.retries() > 0 ? otherwise.retries() : DEFAULT_RETRIES,
                duration(check, "StartPeriod", otherwise.startPeriod(), Duration.ZERO),
                duration(check, "StartInterval", otherwise.startInterval(), DEFAULT_START_INTERVAL)));
    }

    private static Duration duration(JsonNode check, String key, Duration ofImage, Duration otherwise) {
        long nanos = Tree.number(check, key);
        if (nanos > 0) {
            return Duration.ofNanos(nanos);
        }
        return ofImage.isPositive() ? ofImage : otherwise;
    }

    /** The image that a body names, for who needs to look at it first. */
    static Optional<String> image(JsonNode body) {
        return Tree.text(body, "Image");
    }

    /** Whether every exposed port is to be published. */
    static boolean publishesAll(JsonNode body) {
        return Tree.flag(Tree.at(body, "HostConfig"), "PublishAllPorts");
    }
}
