package org.berth.image;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.image.oci.ConfigDocument;

/** Between an image's configuration as Berth sees it and as a document. */
final class ConfigDocuments {
    static final String ARCHITECTURE = "amd64";
    static final String OPERATING_SYSTEM = "linux";
    private static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ConfigDocuments() {}

    /** What the official image of a Debian release has. */
    static ImageConfig debian(Instant created) {
        return new ImageConfig(
                ARCHITECTURE,
                created,
                List.of(PATH),
                List.of(),
                List.of("bash"),
                "",
                "",
                Set.of(),
                Set.of(),
                Map.of(),
                "");
    }

    /**
     * The document of a configuration.
     *
     * @param layers diff ids, the lowest first
     * @param history how each layer was made, the lowest first; further lines are steps that made none
     */
    static ConfigDocument of(ImageConfig config, List<String> layers, List<String> history) {
        String created = config.created().toString();
        List<ConfigDocument.History> steps = new ArrayList<>();
        for (int i = 0; i < Math.max(layers.size(), history.size()); i++) {
            String by = i < history.size() ? history.get(i) : "";
            steps.add(new ConfigDocument.History(created, by, i >= layers.size()));
        }
        return new ConfigDocument(
                created,
                config.architecture(),
                OPERATING_SYSTEM,
                new ConfigDocument.Run(
                        config.user(),
                        keys(config.exposedPorts()),
                        config.environment(),
                        config.entrypoint(),
                        config.command(),
                        keys(config.volumes()),
                        config.workingDirectory(),
                        config.labels(),
                        config.stopSignal(),
                        config.health().map(ConfigDocuments::health),
                        config.onBuild(),
                        config.shell()),
                new ConfigDocument.Root("layers", layers),
                steps);
    }

    /** The configuration in a document. */
    static ImageConfig read(ConfigDocument document) {
        ConfigDocument.Run run = document.config();
        return new ImageConfig(
                document.architecture(),
                time(document.created()),
                run.environment(),
                run.entrypoint(),
                run.command(),
                run.user(),
                run.workingDirectory(),
                new TreeSet<>(run.exposedPorts().keySet()),
                new TreeSet<>(run.volumes().keySet()),
                new TreeMap<>(run.labels()),
                run.stopSignal(),
                run.health().map(ConfigDocuments::health),
                run.onBuild(),
                run.shell());
    }

    private static ConfigDocument.Health health(ImageHealth health) {
        return new ConfigDocument.Health(
                health.test(),
                health.interval().toNanos(),
                health.timeout().toNanos(),
                health.startPeriod().toNanos(),
                health.startInterval().toNanos(),
                health.retries());
    }

    private static ImageHealth health(ConfigDocument.Health health) {
        return new ImageHealth(
                health.test(),
                Duration.ofNanos(health.interval()),
                Duration.ofNanos(health.timeout()),
                Duration.ofNanos(health.startPeriod()),
                Duration.ofNanos(health.startInterval()),
                health.retries());
    }

    private static Map<String, Map<String, String>> keys(Collection<String> names) {
        Map<String, Map<String, String>> keys = new TreeMap<>();
        names.forEach(name -> keys.put(name, Map.of()));
        return keys;
    }

    private static Instant time(String text) {
        try {
            return text.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return Instant.EPOCH; // it is shown to people only
        }
    }
}
