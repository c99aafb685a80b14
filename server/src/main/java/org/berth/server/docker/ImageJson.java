package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;
import org.berth.image.Reference;

/** An image as the Docker Engine API shows it. Pure. */
final class ImageJson {
    private ImageJson() {}

    static Map<String, Object> summary(Image image, long containers) {
        return summary(image, containers, -1);
    }

    /** @param shared bytes of layers that other images have, too; -1 for not known */
    static Map<String, Object> summary(Image image, long containers, long shared) {
        return object().with("Id", image.id())
                .with("ParentId", "")
                .with("RepoTags", tags(image))
                .with("RepoDigests", digests(image))
                .with("Created", image.config().created().getEpochSecond())
                .with("Size", image.sizeBytes())
                .with("SharedSize", shared)
                .with("Labels", image.config().labels())
                .with("Containers", containers)
                .map();
    }

    static Map<String, Object> inspect(Image image) {
        return object().with("Id", image.id())
                .with("RepoTags", tags(image))
                .with("RepoDigests", digests(image))
                .with("Parent", "")
                .with("Comment", "")
                .with("Created", Times.text(image.config().created()))
                .with("DockerVersion", "")
                .with("Author", "")
                .with("Config", config(image.config()))
                .with("Architecture", image.config().architecture())
                .with("Os", "linux")
                .with("Size", image.sizeBytes())
                .with("GraphDriver", Map.of("Name", "overlay2", "Data", Map.of()))
                .with(
                        "RootFS",
                        object().with("Type", "layers")
                                .with("Layers", image.layers())
                                .map())
                .with("Metadata", Map.of("LastTagTime", Times.NEVER))
                .map();
    }

    private static Map<String, Object> config(ImageConfig config) {
        JsonObject json = object().with("Hostname", "")
                .with("Domainname", "")
                .with("User", config.user())
                .with("AttachStdin", false)
                .with("AttachStdout", false)
                .with("AttachStderr", false)
                .with("ExposedPorts", set(config.exposedPorts()))
                .with("Tty", false)
                .with("OpenStdin", false)
                .with("StdinOnce", false)
                .with("Env", config.environment())
                .with("Cmd", config.command())
                .with("Image", "")
                .with("Volumes", set(config.volumes()))
                .with("WorkingDir", config.workingDirectory())
                .with("Entrypoint", config.entrypoint())
                .withNull("OnBuild")
                .with("Labels", config.labels());
        if (!config.stopSignal().isEmpty()) {
            json.with("StopSignal", config.stopSignal());
        }
        config.health().ifPresent(health -> json.with("Healthcheck", health(health)));
        return json.map();
    }

    private static Map<String, Object> health(ImageHealth health) {
        JsonObject json = object().with("Test", health.test());
        times(health).forEach((key, time) -> {
            if (time.isPositive()) {
                json.with(key, time.toNanos());
            }
        });
        return health.retries() > 0 ? json.with("Retries", health.retries()).map() : json.map();
    }

    private static Map<String, Duration> times(ImageHealth health) {
        return Map.of(
                "Interval", health.interval(),
                "Timeout", health.timeout(),
                "StartPeriod", health.startPeriod(),
                "StartInterval", health.startInterval());
    }

    /** "debian:bookworm". */
    static List<String> tags(Image image) {
        return image.names().stream()
                .filter(name -> !name.tag().isEmpty())
                .map(Reference::familiar)
                .toList();
    }

    private static List<String> digests(Image image) {
        return image.names().stream()
                .map(name -> new Reference(name.registry(), name.repository(), "", image.manifestDigest()).familiar())
                .distinct()
                .toList();
    }

    private static Map<String, Object> set(Set<String> keys) {
        Map<String, Object> set = new LinkedHashMap<>();
        keys.stream().sorted().forEach(key -> set.put(key, Map.of()));
        return set;
    }
}
