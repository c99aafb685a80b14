package org.berth.compose;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.berth.compose.yaml.YamlValue;

/** What the file declares besides services: networks, volumes, secrets. */
final class DeclarationReader {
    /** The network of services that name none. */
    static final String DEFAULT = "default";

    private static final Pattern SUBNET =
            Pattern.compile("[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}/(?:[89]|[12][0-9]|30)");

    private DeclarationReader() {}

    static ProjectNetwork network(Context context, String project, String name, YamlValue.Entry entry) {
        Optional<Fields> fields = declared(context, "network", name, entry, Keys.NETWORK);
        fields.ifPresent(read -> checkDriver(read, "bridge"));
        return new ProjectNetwork(
                nodeName(fields, project, name),
                fields.map(read -> read.flag("external", false)).orElse(false),
                fields.map(read -> read.flag("internal", false)).orElse(false),
                fields.flatMap(DeclarationReader::subnet),
                fields.map(read -> TextMaps.labels(read, "labels")).orElse(Map.of()));
    }

    static ProjectVolume volume(Context context, String project, String name, YamlValue.Entry entry) {
        Optional<Fields> fields = declared(context, "volume", name, entry, Keys.VOLUME);
        fields.ifPresent(read -> checkDriver(read, "local"));
        return new ProjectVolume(
                nodeName(fields, project, name),
                fields.map(read -> read.flag("external", false)).orElse(false),
                fields.map(read -> TextMaps.labels(read, "labels")).orElse(Map.of()));
    }

    static ProjectSecret secret(Context context, String name, YamlValue.Entry entry) {
        Optional<String> file =
                declared(context, "secret", name, entry, Keys.SECRET).flatMap(read -> read.text("file"));
        if (file.isEmpty()) {
            context.problems().report(entry.position(), "secret '" + name + "' needs a 'file'");
        }
        return new ProjectSecret(context.path(file.orElse("")));
    }

    /** What no service of the file declares, and all have. */
    static ProjectNetwork defaultNetwork(String project) {
        return new ProjectNetwork(project + "_" + DEFAULT, false, false, Optional.empty(), Map.of());
    }

    private static Optional<Fields> declared(
            Context context, String kind, String name, YamlValue.Entry entry, Keys keys) {
        if (!ProjectNames.plain(name)) {
            context.problems()
                    .report(
                            entry.position(),
                            "'" + name + "' can't name a " + kind + ": expected letters, digits, '-', '_', '.'");
        }
        return entry.value() instanceof YamlValue.Null
                ? Optional.empty()
                : Fields.of(context, kind + " '" + name + "'", entry.value(), keys);
    }

    private static String nodeName(Optional<Fields> fields, String project, String name) {
        boolean external = fields.map(read -> read.flag("external", false)).orElse(false);
        Optional<String> given = fields.flatMap(read -> read.text("name"));
        given.filter(text -> !ProjectNames.plain(text))
                .ifPresent(text -> fields.ifPresent(read -> read.context()
                        .problems()
                        .report(
                                read.valuePosition("name"),
                                read.name("name") + " must be letters, digits, '-', '_', '.', not '" + text + "'")));
        return given.orElse(external ? name : project + "_" + name);
    }

    private static void checkDriver(Fields fields, String only) {
        fields.text("driver")
                .filter(driver -> !driver.equals(only))
                .ifPresent(driver -> fields.context()
                        .problems()
                        .reportUnsupported(
                                fields.valuePosition("driver"),
                                "driver '" + driver + "' of " + fields.where() + " is not supported: expected "
                                        + only));
    }

    private static Optional<String> subnet(Fields network) {
        Optional<Fields> addresses = network.fields("ipam", Keys.ADDRESSES);
        List<YamlValue> pools = addresses.map(fields -> fields.items("config")).orElse(List.of());
        if (pools.size() > 1) {
            network.context()
                    .problems()
                    .reportUnsupported(pools.get(1).position(), network.where() + " can have one subnet only");
        }
        return pools.stream()
                .findFirst()
                .flatMap(
                        pool -> Fields.of(network.context(), "'config' of " + network.where(), pool, Keys.ADDRESS_POOL))
                .flatMap(fields -> fields.text("subnet").filter(text -> {
                    if (SUBNET.matcher(text).matches()) {
                        return true;
                    }
                    fields.context()
                            .problems()
                            .report(
                                    fields.valuePosition("subnet"),
                                    "subnet '" + text + "' must be an IPv4 network like 10.20.30.0/24");
                    return false;
                }));
    }
}
