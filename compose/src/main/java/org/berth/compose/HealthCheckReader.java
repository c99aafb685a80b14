package org.berth.compose;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.compose.yaml.YamlValue;

/** {@code healthcheck}; the defaults are the Dockerfile reference's. */
final class HealthCheckReader {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration START_INTERVAL = Duration.ofSeconds(5);
    private static final int RETRIES = 3;

    private HealthCheckReader() {}

    static Optional<HealthCheck> read(Fields service) {
        return service.fields("healthcheck", Keys.HEALTH_CHECK).flatMap(HealthCheckReader::check);
    }

    private static Optional<HealthCheck> check(Fields fields) {
        Duration interval = atLeastOne(fields, "interval", INTERVAL);
        Duration timeout = atLeastOne(fields, "timeout", TIMEOUT);
        int retries = (int) fields.whole("retries", 1, Integer.MAX_VALUE).orElse(RETRIES);
        Duration startPeriod = fields.duration("start_period").orElse(Duration.ZERO);
        Duration startInterval = atLeastOne(fields, "start_interval", START_INTERVAL);
        if (fields.flag("disable", false)) {
            return Optional.of(HealthCheck.DISABLED);
        }
        Optional<YamlValue> test = fields.value("test");
        if (test.isEmpty()) {
            fields.context()
                    .problems()
                    .report(fields.mapping().position(), fields.where() + " needs a 'test', or 'disable: true'");
            return Optional.empty();
        }
        return command(fields, test.get())
                .map(command -> command.isEmpty()
                        ? HealthCheck.DISABLED
                        : new HealthCheck(command, interval, timeout, retries, startPeriod, startInterval));
    }

    private static Duration atLeastOne(Fields fields, String key, Duration otherwise) {
        Duration duration = fields.duration(key).orElse(otherwise);
        if (duration.compareTo(Duration.ofMillis(1)) < 0) {
            fields.context().problems().report(fields.valuePosition(key), fields.name(key) + " must be 1ms or more");
            return otherwise;
        }
        return duration;
    }

    private static Optional<List<String>> command(Fields fields, YamlValue test) {
        if (test instanceof YamlValue.Scalar scalar) {
            return Optional.of(shell(fields.context().text(scalar)));
        }
        List<String> words = new ArrayList<>(fields.texts("test"));
        if (words.size() == 1 && words.getFirst().equals("NONE")) {
            return Optional.of(List.of());
        }
        if (words.size() == 2 && words.getFirst().equals("CMD-SHELL")) {
            return Optional.of(shell(words.get(1)));
        }
        if (words.size() >= 2 && words.getFirst().equals("CMD")) {
            return Optional.of(List.copyOf(words.subList(1, words.size())));
        }
        fields.context()
                .problems()
                .report(
                        test.position(),
                        fields.name("test")
                                + " must be a text, or a list that begins with CMD, CMD-SHELL (one command) or NONE");
        return Optional.empty();
    }

    private static List<String> shell(String command) {
        return List.of("/bin/sh", "-c", command);
    }
}
