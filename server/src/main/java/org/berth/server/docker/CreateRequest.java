package org.berth.server.docker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.control.TaskLabels;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;
import org.berth.runtime.Resources;
import tools.jackson.databind.JsonNode;

/** Reads the body of {@code POST /containers/create} (API 1.48, ContainerConfig and HostConfig). Pure. */
final class CreateRequest {
    /** Nanoseconds of processor time a second that one CPU has. */
    private static final double NANOS_PER_CPU = 1e9;

    private static final long DEFAULT_PERIOD_MICROS = 100_000;
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
        return new ContainerRequest(
                        name.map(text -> text.startsWith("/") ? text.substring(1) : text),
                        image,
                        Tree.texts(body, "Entrypoint").map(CreateRequest::cleared),
                        Tree.texts(body, "Cmd").filter(command -> !command.isEmpty()),
                        Tree.texts(body, "Env").orElse(List.of()),
                        Tree.text(body, "User"),
                        Tree.text(body, "WorkingDir"),
                        Tree.text(body, "Hostname")
                                .or(() -> Optional.of(hostname)
                                        .filter(all -> NetworkReader.mode(host) == NetworkMode.HOST)),
                        Tree.map(body, "Labels"),
                        MountReader.read(body),
                        List.of(),
                        NetworkReader.mode(host),
                        NetworkReader.attachments(body),
                        PortReader.read(body, ofImage.ports()),
                        resources(host),
                        healthCheck(Tree.at(body, "Healthcheck"), ofImage.health()),
                        restart(Tree.at(host, "RestartPolicy")),
                        Tree.flag(body, "Tty"),
                        Tree.flag(body, "OpenStdin"),
                        Tree.flag(body, "StdinOnce"),
                        Tree.flag(host, "AutoRemove"),
                        Tree.flag(host, "Init"),
                        Tree.flag(host, "ReadonlyRootfs"),
                        Tree.text(body, "StopSignal").map(CreateRequest::checkedSignal),
                        stopGrace(body),
                        userRange(host, Tree.map(body, "Labels")),
                        SecurityOptions.seccomp(host))
                .withRuntime(Tree.text(host, "Runtime"));
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

    /** The limits of a HostConfig, or of an update's body, which is of the same form. */
    static Resources resources(JsonNode host) {
        return new Resources(
                positive(Tree.number(host, "Memory")), cpus(host), positive(Tree.number(host, "PidsLimit")));
    }

    private static OptionalDouble cpus(JsonNode host) {
        long nanos = Tree.number(host, "NanoCpus");
        long quota = Tree.number(host, "CpuQuota");
        long period = Tree.number(host, "CpuPeriod");
        if (nanos > 0 && (quota > 0 || period > 0)) {
            throw new BerthException(
                    ErrorCode.INVALID, "conflicting options: NanoCpus and CpuQuota/CpuPeriod cannot both be set");
        }
        if (nanos > 0) {
            return OptionalDouble.of(nanos / NANOS_PER_CPU);
        }
        return quota > 0
                ? OptionalDouble.of((double) quota / (period > 0 ? period : DEFAULT_PERIOD_MICROS))
                : OptionalDouble.empty();
    }

    private static OptionalLong positive(long value) {
        return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
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
        List<String> rest = test.subList(1, test.size());
        List<String> command = switch (test.getFirst()) {
            case "NONE" -> List.of();
            case "CMD" -> rest;
            case "CMD-SHELL" -> List.of("/bin/sh", "-c", String.join(" ", rest));
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "Healthcheck.Test must begin with NONE, CMD or CMD-SHELL, not " + test.getFirst());
        };
        if (command.isEmpty()) {
            return Optional.empty();
        }
        int retries = Math.toIntExact(Tree.number(check, "Retries"));
        return Optional.of(new HealthCheck(
                new ArrayList<>(command),
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

    /**
     * The limits after an update: what its body leaves out or says 0 of stays as it was, a number below takes a limit away.
     * It may change nothing else.
     */
    static Resources update(JsonNode body, Resources before) {
        Map<String, JsonNode> others = Unsupported.besides(
                body, Set.of("Memory", "MemorySwap", "NanoCpus", "CpuQuota", "CpuPeriod", "PidsLimit"));
        if (!others.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "update of " + String.join(", ", others.keySet())
                            + " is not implemented by Berth: it changes Memory, NanoCpus, CpuQuota, CpuPeriod, PidsLimit");
        }
        Resources asked = resources(body);
        return new Resources(
                keeps(body, "Memory") ? before.memoryBytes() : asked.memoryBytes(),
                keeps(body, "NanoCpus") && keeps(body, "CpuQuota") ? before.cpus() : asked.cpus(),
                keeps(body, "PidsLimit") ? before.pids() : asked.pids());
    }

    private static boolean keeps(JsonNode body, String key) {
        return Tree.number(body, key) == 0;
    }
}
