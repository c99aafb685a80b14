package org.berth.compose;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.berth.compose.ServiceReader.ReadService;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/** A whole file to a project. */
final class ProjectReader {
    private final LoadRequest request;
    private final Context context;
    private final Fields fields;
    private final Path file;

    ProjectReader(LoadRequest request, Context context, YamlValue.Mapping mapping, Path file) {
        this.request = request;
        this.context = context;
        this.fields = new Fields(context, "the file", mapping);
        this.file = file;
    }

    Project read() {
        context.checkKeys(fields.mapping(), Keys.PROJECT, "the file");
        String name = name();
        context.variables().projectName(name);
        Map<String, ProjectNetwork> networks =
                declarations("networks", (key, entry) -> DeclarationReader.network(context, name, key, entry));
        Map<String, ProjectVolume> volumes =
                declarations("volumes", (key, entry) -> DeclarationReader.volume(context, name, key, entry));
        Map<String, ProjectSecret> secrets =
                declarations("secrets", (key, entry) -> DeclarationReader.secret(context, key, entry));
        networks.putIfAbsent(DeclarationReader.DEFAULT, DeclarationReader.defaultNetwork(name));
        Map<String, ReadService> services = services();
        services.values()
                .forEach(read -> read.references()
                        .check(context.problems(), volumes.keySet(), networks.keySet(), secrets.keySet()));
        Map<String, Service> active = new ProjectChecks(services, context.problems()).active(profiles());
        return new Project(
                name,
                context.folder().toString(),
                file.toString(),
                active,
                used(
                        networks,
                        uses(active, service -> service.networks().stream().map(NetworkUse::network))),
                used(
                        volumes,
                        uses(
                                active,
                                service -> service.mounts().stream()
                                        .filter(mount -> mount.kind() == Mount.Kind.VOLUME)
                                        .map(Mount::source))),
                used(secrets, uses(active, service -> service.secrets().stream().map(SecretUse::secret))));
    }

    private String name() {
        Optional<String> written = fields.text("name");
        written.filter(name -> !ProjectNames.project(name))
                .ifPresent(name -> refuseName(fields.valuePosition("name"), "'name'", name));
        Optional<String> option = request.projectName();
        Optional<String> variable =
                context.variables().find("COMPOSE_PROJECT_NAME").filter(name -> !name.isEmpty());
        Position start = fields.mapping().position();
        option.filter(name -> !ProjectNames.project(name))
                .ifPresent(name -> refuseName(start, "the project's name", name));
        if (option.isEmpty()) {
            variable.filter(name -> !ProjectNames.project(name))
                    .ifPresent(name -> refuseName(start, "COMPOSE_PROJECT_NAME", name));
        }
        String name = option.or(() -> variable)
                .or(() -> written)
                .orElseGet(() -> ProjectNames.fromFolder(
                        Optional.ofNullable(context.folder().getFileName())
                                .map(Path::toString)
                                .orElse("")));
        if (name.isEmpty()) {
            context.problems()
                    .report(start, "the folder's name makes no project's name: add 'name: NAME' or use -p NAME");
            return "project";
        }
        return name;
    }

    private void refuseName(Position position, String what, String name) {
        context.problems()
                .report(
                        position,
                        what + " must be lower-case letters, digits, '-' and '_', beginning with a letter or digit,"
                                + " not '" + name + "'");
    }

    private Set<String> profiles() {
        Set<String> profiles = new HashSet<>(request.profiles());
        context.variables()
                .find("COMPOSE_PROFILES")
                .ifPresent(list -> profiles.addAll(Arrays.stream(list.split(","))
                        .map(String::strip)
                        .filter(profile -> !profile.isEmpty())
                        .toList()));
        return profiles;
    }

    private Map<String, ReadService> services() {
        Map<String, ReadService> services = new LinkedHashMap<>();
        Optional<YamlValue> value = fields.value("services");
        if (value.isEmpty()) {
            context.problems().report(fields.position("services"), "the file needs 'services'");
        } else if (value.get() instanceof YamlValue.Mapping mapping) {
            mapping.entries().forEach((name, entry) -> {
                if (!name.startsWith("x-")) {
                    ServiceReader.read(context, name, entry).ifPresent(read -> services.put(name, read));
                }
            });
            if (services.isEmpty()) {
                context.problems().report(mapping.position(), "'services' has no service");
            }
        } else {
            context.expected("'services'", "a mapping", value.get());
        }
        return services;
    }

    private <T> Map<String, T> declarations(String key, BiFunction<String, YamlValue.Entry, T> read) {
        Map<String, T> result = new LinkedHashMap<>();
        fields.value(key).ifPresent(value -> {
            if (value instanceof YamlValue.Mapping mapping) {
                mapping.entries().forEach((name, entry) -> {
                    if (!name.startsWith("x-")) {
                        result.put(name, read.apply(name, entry));
                    }
                });
            } else {
                context.expected("'" + key + "'", "a mapping", value);
            }
        });
        return result;
    }

    private static Set<String> uses(
            Map<String, Service> services,
            java.util.function.Function<Service, java.util.stream.Stream<String>> names) {
        return services.values().stream().flatMap(names).collect(Collectors.toSet());
    }

    private static <T> Map<String, T> used(Map<String, T> declared, Set<String> names) {
        Map<String, T> used = new LinkedHashMap<>(declared);
        used.keySet().retainAll(names);
        return used;
    }
}
