package org.berth.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.compose.Jail.Device;
import org.berth.compose.Jail.Limit;
import org.berth.compose.Jail.Peer;
import org.berth.compose.Jail.Shared;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.YamlValue;

/** A service's keys that speak of its jail. Forms are checked here; what a kernel knows, where it is started. */
final class JailReader {
    private static final int SCORE_MAX = 1000;
    private static final int DOMAIN_LENGTH_MAX = 64;

    /** Keys of namespaces that can be another container's. */
    private static final Set<String> JOINING = Set.of("pid", "ipc");

    private static final Pattern PEER = Pattern.compile("(service|container):([A-Za-z0-9][A-Za-z0-9_.-]*)");

    private final Fields service;
    private final Context context;

    private JailReader(Fields service) {
        this.service = service;
        this.context = service.context();
    }

    /** Empty when it is the standard one. */
    static Optional<Jail> read(Fields service) {
        Jail jail = new JailReader(service).read();
        return jail.equals(Jail.STANDARD) ? Optional.empty() : Optional.of(jail);
    }

    private Jail read() {
        SecurityOptions options = SecurityOptions.read(service);
        return new Jail(
                service.flag("privileged", false),
                capabilities("cap_add"),
                capabilities("cap_drop"),
                options.gainsPrivileges(),
                options.seccomp(),
                service.texts("group_add"),
                devices(),
                rules(),
                limits(),
                new TreeMap<>(TextMaps.labels(service, "sysctls")),
                shared(),
                peer("pid"),
                peer("ipc"),
                service.text("ipc").filter("shareable"::equals).isPresent(),
                score(),
                service.bytes("shm_size"),
                domainName(),
                service.flag("read_only", false),
                TuningReader.read(service));
    }

    private List<String> capabilities(String key) {
        List<String> names = new ArrayList<>();
        for (YamlValue item : service.items(key)) {
            context.text("an item of " + service.name(key), item).ifPresent(text -> {
                String name = text.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", "");
                if (!name.matches("[A-Z_]+")) {
                    context.problems()
                            .report(item.position(), "'" + text + "' is not a capability: expected one like NET_ADMIN");
                }
                names.add(name);
            });
        }
        return names;
    }

    private List<Device> devices() {
        List<Device> devices = new ArrayList<>();
        for (YamlValue item : service.items("devices")) {
            if (item instanceof YamlValue.Scalar scalar) {
                context.attempt(scalar.position(), () -> device(context.text(scalar)))
                        .ifPresent(devices::add);
            } else {
                Fields.of(context, "a device of " + service.where(), item, Keys.DEVICE)
                        .flatMap(fields -> context.attempt(item.position(), () -> device(fields)))
                        .ifPresent(devices::add);
            }
        }
        return devices;
    }

    private static Device device(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length > 3) {
            throw new TextException("'" + text + "' is not a device: expected source[:target[:rwm]]");
        }
        boolean access = parts.length == 2 && parts[1].matches("[rwm]{1,3}");
        String target = parts.length > 1 && !access && !parts[1].isEmpty() ? parts[1] : parts[0];
        return device(parts[0], target, parts.length == 3 ? parts[2] : access ? parts[1] : "rwm");
    }

    private static Device device(Fields fields) {
        String source = fields.text("source").orElse("");
        return device(
                source,
                fields.text("target").orElse(source),
                fields.text("permissions").orElse("rwm"));
    }

    private static Device device(String source, String target, String access) {
        if (!source.startsWith("/")) {
            throw new TextException("device '" + source + "': expected a path of the machine, as /dev/net/tun");
        }
        if (!target.startsWith("/dev/") || List.of(target.split("/")).contains("..")) {
            throw new TextException(
                    "device '" + source + "': its path in the container must be below /dev, not '" + target + "'");
        }
        if (!access.matches("[rwm]{1,3}") || access.chars().distinct().count() != access.length()) {
            throw new TextException(
                    "device '" + source + "': expected some of r, w, m for its access, not '" + access + "'");
        }
        return new Device(source, target, access);
    }

    private List<String> rules() {
        List<String> rules = new ArrayList<>();
        for (YamlValue item : service.items("device_cgroup_rules")) {
            context.text("an item of " + service.name("device_cgroup_rules"), item)
                    .ifPresent(text -> {
                        if (!text.matches("[abc] ([0-9]{1,9}|\\*):([0-9]{1,9}|\\*) [rwm]{1,3}")) {
                            context.problems()
                                    .report(
                                            item.position(),
                                            "'" + text
                                                    + "' is not a rule for devices: expected one like 'c 10:200 rwm'");
                        }
                        rules.add(text);
                    });
        }
        return rules;
    }

    private List<Limit> limits() {
        List<Limit> limits = new ArrayList<>();
        service.value("ulimits").ifPresent(value -> {
            if (value instanceof YamlValue.Mapping mapping) {
                mapping.entries()
                        .forEach((name, entry) -> limit(name, entry.value()).ifPresent(limits::add));
            } else {
                context.expected(service.name("ulimits"), "a mapping", value);
            }
        });
        return limits;
    }

    private Optional<Limit> limit(String name, YamlValue value) {
        String where = "ulimit '" + name + "' of " + service.where();
        if (value instanceof YamlValue.Scalar scalar) {
            return context.attempt(scalar.position(), () -> {
                long both = whole(where, context.text(scalar));
                return new Limit(name, both, both);
            });
        }
        return Fields.of(context, where, value, Keys.ULIMIT)
                .flatMap(fields -> context.attempt(value.position(), () -> {
                    long soft = whole(where + ", 'soft'", fields.text("soft").orElse(""));
                    long hard = whole(where + ", 'hard'", fields.text("hard").orElse(""));
                    if (hard != -1 && (soft == -1 || soft > hard)) {
                        throw new TextException(where + ": 'soft' must be at most 'hard'");
                    }
                    return new Limit(name, soft, hard);
                }));
    }

    private static long whole(String where, String text) {
        if (!text.matches("-1|[0-9]{1,18}")) {
            throw new TextException(where + " must be a whole number, or -1 for no limit, not '" + text + "'");
        }
        return Long.parseLong(text);
    }

    private List<Shared> shared() {
        List<Shared> shared = new ArrayList<>();
        mode("pid", Set.of()).ifPresent(host -> shared.add(Shared.PID));
        mode("ipc", Set.of("private", "shareable")).ifPresent(host -> shared.add(Shared.IPC));
        mode("uts", Set.of()).ifPresent(host -> shared.add(Shared.UTS));
        mode("cgroup", Set.of("private")).ifPresent(host -> shared.add(Shared.CGROUP));
        return shared;
    }

    private Optional<String> mode(String key, Set<String> own) {
        Optional<String> mode = service.text(key).filter(text -> !text.isEmpty());
        boolean joins = JOINING.contains(key);
        mode.filter(text -> !text.equals("host") && !own.contains(text))
                .filter(text -> !joins || !PEER.matcher(text).matches())
                .ifPresent(text -> context.problems()
                        .reportUnsupported(
                                service.valuePosition(key),
                                service.name(key) + " must be host" + (joins ? ", service:NAME, container:NAME" : "")
                                        + ", or left out; '" + text + "' berth does not have"));
        return mode.filter("host"::equals);
    }

    private Optional<Peer> peer(String key) {
        return service.text(key)
                .map(PEER::matcher)
                .filter(Matcher::matches)
                .map(found -> new Peer(found.group(2), found.group(1).equals("service")));
    }

    private OptionalInt score() {
        OptionalLong score = service.whole("oom_score_adj", -SCORE_MAX, SCORE_MAX);
        return score.isPresent() ? OptionalInt.of((int) score.getAsLong()) : OptionalInt.empty();
    }

    private Optional<String> domainName() {
        Optional<String> name = service.text("domainname").filter(text -> !text.isEmpty());
        name.filter(text -> text.length() > DOMAIN_LENGTH_MAX || !ProjectNames.host(text))
                .ifPresent(text -> context.problems()
                        .report(
                                service.valuePosition("domainname"),
                                service.name("domainname") + " must be up to " + DOMAIN_LENGTH_MAX
                                        + " letters, digits, '-', '.', not '" + text + "'"));
        return name;
    }

    /** {@code tmpfs} of a service: one path or several, each with mount(8)'s options after a colon. */
    static List<Mount> memory(Fields service) {
        List<Mount> mounts = new ArrayList<>();
        Optional<YamlValue> value = service.value("tmpfs");
        List<YamlValue> items =
                value.filter(YamlValue.Scalar.class::isInstance).map(List::of).orElseGet(() -> service.items("tmpfs"));
        for (YamlValue item : items) {
            service.context()
                    .text("an item of " + service.name("tmpfs"), item)
                    .flatMap(text -> service.context().attempt(item.position(), () -> {
                        String[] parts = text.split(":", 2);
                        return MountReader.memory(parts[0], parts.length == 2 ? parts[1] : "");
                    }))
                    .ifPresent(mounts::add);
        }
        return mounts;
    }
}
