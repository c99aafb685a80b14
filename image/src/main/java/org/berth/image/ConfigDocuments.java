package org.berth.image;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
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

    /**
     * How an image came to be, the first step first; layers beyond what its history tells are steps, too.
     *
     * @param size bytes of a layer by its diff id
     */
    static List<HistoryLine> history(ConfigDocument document, ToLongFunction<String> size) {
        List<HistoryLine> lines = new ArrayList<>();
        Iterator<String> layers = document.rootfs().diffIds().iterator();
        for (ConfigDocument.History step : document.history()) {
            Optional<String> layer =
                    step.emptyLayer() || !layers.hasNext() ? Optional.empty() : Optional.of(layers.next());
            lines.add(new HistoryLine(
                    time(step.created()),
                    step.createdBy(),
                    layer,
                    layer.map(size::applyAsLong).orElse(0L)));
        }
        layers.forEachRemaining(layer ->
                lines.add(new HistoryLine(time(document.created()), "", Optional.of(layer), size.applyAsLong(layer))));
        return lines;
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
