package org.berth.compose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.compose.text.Spelling;
import org.berth.compose.yaml.YamlValue;

/** {@code depends_on}, as a list of services or with conditions. */
final class DependencyReader {
    private static final Map<String, Dependency.Condition> CONDITIONS = Map.of(
            "service_started", Dependency.Condition.STARTED,
            "service_healthy", Dependency.Condition.HEALTHY,
            "service_completed_successfully", Dependency.Condition.COMPLETED);

    private DependencyReader() {}

    static List<Dependency> read(Fields service, References references) {
        Map<String, Dependency> dependencies = new LinkedHashMap<>();
        service.value("depends_on").ifPresent(value -> {
            switch (value) {
                case YamlValue.Mapping mapping ->
                    mapping.entries()
                            .forEach((name, entry) -> condition(service, name, entry, references)
                                    .ifPresent(dependency -> dependencies.put(name, dependency)));
                case YamlValue.Sequence sequence ->
                    sequence.items()
                            .forEach(item -> service.context()
                                    .text("an item of " + service.name("depends_on"), item)
                                    .ifPresent(name -> {
                                        references.service(name, item.position(), true);
                                        dependencies.put(name, new Dependency(name, Dependency.Condition.STARTED));
                                    }));
                default -> service.context().expected(service.name("depends_on"), "a list or a mapping", value);
            }
        });
        return List.copyOf(dependencies.values());
    }

    private static Optional<Dependency> condition(
            Fields service, String name, YamlValue.Entry entry, References references) {
        if (entry.value() instanceof YamlValue.Null) {
            references.service(name, entry.position(), true);
            return Optional.of(new Dependency(name, Dependency.Condition.STARTED));
        }
        Optional<Fields> read = Fields.of(
                service.context(), "dependency '" + name + "' of " + service.where(), entry.value(), Keys.DEPENDENCY);
        return read.flatMap(fields -> {
            references.service(name, entry.position(), fields.flag("required", true));
            String text = fields.text("condition").orElse("service_started");
            Dependency.Condition condition = CONDITIONS.get(text);
            if (condition == null) {
                String hint = Spelling.nearest(text, CONDITIONS.keySet())
                        .map(near -> "did you mean '" + near + "'?")
                        .orElse("expected service_started, service_healthy or service_completed_successfully");
                service.context()
                        .problems()
                        .report(fields.valuePosition("condition"), "unknown condition '" + text + "': " + hint);
                return Optional.empty();
            }
            return Optional.of(new Dependency(name, condition));
        });
    }
}
