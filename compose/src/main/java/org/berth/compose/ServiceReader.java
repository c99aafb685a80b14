package org.berth.compose;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.berth.compose.text.ShellWords;
import org.berth.compose.text.Signals;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/** One service of the file. */
final class ServiceReader {
    private static final Duration STOP_GRACE_PERIOD = Duration.ofSeconds(10);

    private final String name;
    private final Fields fields;
    private final Context context;
    private final References references = new References();

    /**
     * A service as it was read.
     *
     * @param profiles what activates it; none: it is always active
     */
    record ReadService(Service service, Position position, Set<String> profiles, References references) {}

    private ServiceReader(String name, Fields fields) {
        this.name = name;
        this.fields = fields;
        this.context = fields.context();
    }

    static Optional<ReadService> read(Context context, String name, YamlValue.Entry entry) {
        if (!ProjectNames.service(name)) {
            context.problems()
                    .report(
                            entry.position(),
                            "'" + name + "' can't name a service: expected up to 63 letters, digits, '-', '_', '.'");
        }
        return Fields.of(context, "service '" + name + "'", entry.value(), Keys.SERVICE)
                .map(fields -> new ServiceReader(name, fields).read(entry.position()));
    }

    private ReadService read(Position position) {
        DeployReader deploy = new DeployReader(fields);
        Optional<Build> build = fields.value("build").flatMap(this::build);
        Optional<String> image = fields.text("image").filter(text -> !text.isBlank());
        if (fields.value("build").isEmpty() && fields.value("image").isEmpty()) {
            context.problems().report(position, fields.where() + " needs an 'image' or a 'build'");
        }
        Optional<Jail> jail = JailReader.read(fields);
        Service service = new Service(
                name,
                build,
                image,
                words("command"),
                words("entrypoint"),
                EnvironmentReader.read(fields),
                PortReader.read(fields),
                MountReader.read(fields, references),
                dependencies(jail),
                HealthCheckReader.read(fields),
                restart(),
                deploy.replicas(),
                deploy.limits(),
                deploy.update(),
                fields.text("user").filter(text -> !text.isEmpty()),
                workingDirectory(),
                hostname(),
                TextMaps.labels(fields, "labels"),
                networks(),
                SecretUseReader.read(fields, references),
                stopSignal(),
                fields.duration("stop_grace_period").orElse(STOP_GRACE_PERIOD),
                fields.flag("init", false),
                hostUsers(),
                fields.text("runtime").filter(text -> !text.isBlank()),
                jail);
        return new ReadService(service, position, new LinkedHashSet<>(fields.texts("profiles")), references);
    }

    /** Whose namespace is joined must run: that is a dependency that need not be written. */
    private List<Dependency> dependencies(Optional<Jail> jail) {
        List<Dependency> all = new ArrayList<>(DependencyReader.read(fields, references));
        for (String joined : jail.map(Jail::joinedServices).orElse(List.of())) {
            if (all.stream().noneMatch(dependency -> dependency.service().equals(joined))) {
                String key = jail.flatMap(Jail::processesOf)
                                .filter(peer -> peer.service() && peer.name().equals(joined))
                                .isPresent()
                        ? "pid"
                        : "ipc";
                references.service(joined, fields.valuePosition(key), true);
                all.add(new Dependency(joined, Dependency.Condition.STARTED));
            }
        }
        return all;
    }

    private Optional<Build> build(YamlValue value) {
        if (value instanceof YamlValue.Scalar scalar) {
            return Optional.of(
                    new Build(context.path(context.text(scalar)), Optional.empty(), Map.of(), Optional.empty()));
        }
        return Fields.of(context, fields.name("build"), value, Keys.BUILD)
                .map(build -> new Build(
                        context.path(build.text("context").orElse(".")),
                        build.text("dockerfile").filter(text -> !text.isEmpty()),
                        TextMaps.variables(build, "args"),
                        build.text("target").filter(text -> !text.isEmpty())));
    }

    private Optional<List<String>> words(String key) {
        return fields.value(key)
                .flatMap(value -> value instanceof YamlValue.Scalar scalar
                        ? context.attempt(scalar.position(), () -> ShellWords.split(context.text(scalar)))
                        : Optional.of(fields.texts(key)));
    }

    private Restart restart() {
        Optional<String> given = fields.text("restart");
        if (given.isEmpty()) {
            return Restart.UNSAID;
        }
        String text = given.get();
        String[] parts = text.split(":", 2);
        OptionalInt retries = OptionalInt.empty();
        if (parts[0].equals("on-failure") && parts.length == 2) {
            try {
                retries = OptionalInt.of(Integer.parseInt(parts[1]));
            } catch (NumberFormatException e) {
                return badRestart(text);
            }
            if (retries.getAsInt() < 0) {
                return badRestart(text);
            }
            retries = retries.getAsInt() == 0 ? OptionalInt.empty() : retries;
        } else if (parts.length == 2) {
            return badRestart(text);
        }
        return switch (parts[0]) {
            case "no", "false" -> Restart.NO;
            case "always" -> new Restart(Restart.Policy.ALWAYS, retries);
            case "on-failure" -> new Restart(Restart.Policy.ON_FAILURE, retries);
            case "unless-stopped" -> new Restart(Restart.Policy.UNLESS_STOPPED, retries);
            default -> badRestart(text);
        };
    }

    private Restart badRestart(String text) {
        context.problems()
                .report(
                        fields.valuePosition("restart"),
                        fields.name("restart") + " must be no, always, on-failure[:retries] or unless-stopped, not '"
                                + text + "'");
        return Restart.NO;
    }

    private Optional<String> workingDirectory() {
        return fields.text("working_dir").filter(text -> {
            if (text.startsWith("/")) {
                return true;
            }
            context.problems()
                    .report(
                            fields.valuePosition("working_dir"),
                            fields.name("working_dir") + " must be an absolute path, not '" + text + "'");
            return false;
        });
    }

    private Optional<String> hostname() {
        return fields.text("hostname").filter(text -> {
            if (ProjectNames.host(text)) {
                return true;
            }
            context.problems()
                    .report(
                            fields.valuePosition("hostname"),
                            fields.name("hostname") + " must be up to 63 letters, digits, '-', '.', not '" + text
                                    + "'");
            return false;
        });
    }

    private OptionalInt stopSignal() {
        return fields.text("stop_signal")
                .flatMap(text -> context.attempt(fields.valuePosition("stop_signal"), () -> Signals.number(text)))
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty);
    }

    private boolean hostUsers() {
        String mode = fields.text("userns_mode").orElse("");
        if (!mode.isEmpty() && !mode.equals("host")) {
            context.problems()
                    .report(
                            fields.valuePosition("userns_mode"),
                            fields.name("userns_mode") + " must be host, or left out, not '" + mode + "'");
        }
        return mode.equals("host");
    }

    private List<NetworkUse> networks() {
        Map<String, NetworkUse> uses = new LinkedHashMap<>();
        fields.value("networks").ifPresent(value -> {
            switch (value) {
                case YamlValue.Sequence sequence ->
                    sequence.items()
                            .forEach(item -> context.text("an item of " + fields.name("networks"), item)
                                    .ifPresent(network -> use(uses, network, Set.of(), item.position())));
                case YamlValue.Mapping mapping ->
                    mapping.entries()
                            .forEach((network, entry) -> use(uses, network, aliases(network, entry), entry.position()));
                default -> context.expected(fields.name("networks"), "a list or a mapping", value);
            }
        });
        if (uses.isEmpty()) {
            uses.put(DeclarationReader.DEFAULT, new NetworkUse(DeclarationReader.DEFAULT, Set.of()));
        }
        return new ArrayList<>(uses.values());
    }

    private void use(Map<String, NetworkUse> uses, String network, Set<String> aliases, Position position) {
        references.network(network, position);
        uses.put(network, new NetworkUse(network, aliases));
    }

    private Set<String> aliases(String network, YamlValue.Entry entry) {
        if (entry.value() instanceof YamlValue.Null) {
            return Set.of();
        }
        Optional<Fields> use =
                Fields.of(context, "network '" + network + "' of " + fields.where(), entry.value(), Keys.NETWORK_USE);
        Set<String> aliases = new LinkedHashSet<>();
        use.ifPresent(of -> of.texts("aliases").forEach(alias -> {
            if (ProjectNames.service(alias)) {
                aliases.add(alias);
            } else {
                context.problems().report(of.valuePosition("aliases"), "alias '" + alias + "' is not a host's name");
            }
        }));
        return aliases;
    }
}
