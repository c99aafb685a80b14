package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.RunMount.Access;
import org.berth.builder.dockerfile.RunMount.Sharing;

/** Reads {@code --mount=type=cache,target=/x,...}: fields as in a line of CSV. */
public final class RunMountReader {
    private static final Set<String> BARE = Set.of("readonly", "ro", "readwrite", "rw", "required");
    private static final Map<String, String> NAMES =
            Map.of("src", "source", "dst", "target", "destination", "target", "ro", "readonly", "rw", "readwrite");
    private static final Set<String> KNOWN = Set.of(
            "type",
            "from",
            "source",
            "target",
            "readonly",
            "readwrite",
            "id",
            "sharing",
            "required",
            "size",
            "mode",
            "uid",
            "gid",
            "env");
    private static final Set<String> TYPES = Set.of("bind", "cache", "tmpfs", "secret", "ssh");
    private static final Pattern SIZE = Pattern.compile("(?i)(\\d{1,12})(?:([kmgt])i?)?b?");
    private static final String UNITS = "kmgt";
    private static final int SECRET_MODE = 0400;
    private static final int AGENT_MODE = 0600;
    private static final int CACHE_MODE = 0755;

    private final Place place;
    private final String text;
    private final Map<String, String> fields = new TreeMap<>();

    private RunMountReader(String text, Place place) {
        this.place = place;
        this.text = text;
    }

    /**
     * Reads a mount.
     *
     * @param expand replaces variables in the fields' values
     */
    public static RunMount read(String text, UnaryOperator<String> expand, Place place) {
        RunMountReader reader = new RunMountReader(text, place);
        for (String field : csv(text)) {
            reader.field(field, expand);
        }
        return reader.mount();
    }

    /** What a mount's "from" names, before anything is expanded. */
    public static Optional<String> from(String text, Place place) {
        for (String field : csv(text)) {
            int equals = field.indexOf('=');
            if (equals > 0 && field.substring(0, equals).equalsIgnoreCase("from")) {
                String value = field.substring(equals + 1);
                int dollar = value.indexOf('$');
                if (dollar >= 0 && dollar < value.length() - 1) {
                    throw place.invalid("--mount=" + text
                            + ": 'from' doesn't support variable expansion; name a stage by FROM with the variable");
                }
                return Optional.of(value).filter(from -> !from.isEmpty());
            }
        }
        return Optional.empty();
    }

    private void field(String field, UnaryOperator<String> expand) {
        int equals = field.indexOf('=');
        String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
        if (equals < 0 && !BARE.contains(key)) {
            throw invalid("'" + field + "' must be key=value");
        }
        String name = NAMES.getOrDefault(key, key);
        if (!KNOWN.contains(name)) {
            throw invalid("unexpected key '" + key + "'; expected one of "
                    + String.join(", ", new java.util.TreeSet<>(KNOWN)));
        }
        fields.put(name, equals < 0 ? "true" : expand.apply(field.substring(equals + 1)));
    }

    private RunMount mount() {
        String type = fields.getOrDefault("type", "bind").toLowerCase(Locale.ROOT);
        if (!TYPES.contains(type)) {
            throw invalid("unsupported mount type '" + type + "'; expected bind, cache, tmpfs, secret or ssh");
        }
        boolean named = type.equals("secret") || type.equals("ssh");
        allow("required", type, named);
        allow("size", type, type.equals("tmpfs"));
        allow("sharing", type, type.equals("cache"));
        for (String access : List.of("mode", "uid", "gid")) {
            allow(access, type, named || type.equals("cache"));
        }
        return switch (type) {
            case "bind" ->
                new RunMount.Bind(target(), text("from"), fields.getOrDefault("source", "/"), readOnly(true));
            case "cache" ->
                new RunMount.Cache(
                        target(),
                        text("id").orElseGet(this::target),
                        sharing(),
                        readOnly(false),
                        text("from"),
                        fields.getOrDefault("source", "/"),
                        access(CACHE_MODE));
            case "tmpfs" -> new RunMount.Memory(target(), size());
            case "secret" -> secret();
            default ->
                new RunMount.Agent(
                        text("target").orElse(""), text("id").orElse("default"), is("required"), access(AGENT_MODE));
        };
    }

    private RunMount secret() {
        if (text("from").isPresent()) {
            throw invalid("a secret has no 'from'");
        }
        if (text("source").isPresent() && text("id").isPresent()) {
            throw invalid("'source' and 'id' can't both be set");
        }
        Optional<String> given = text("id").or(() -> text("source"));
        Optional<String> target = text("target");
        if (given.isEmpty() && target.isEmpty()) {
            throw invalid("one of id, source and target is required");
        }
        String id = given.orElseGet(() -> lastName(target.orElse("")));
        Optional<String> variable = Optional.ofNullable(fields.get("env")).map(name -> name.isEmpty() ? id : name);
        String path = target.orElseGet(() -> variable.isPresent() ? "" : "/run/secrets/" + lastName(id));
        return new RunMount.Secret(path, id, variable, is("required"), access(SECRET_MODE));
    }

    private static String lastName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private void allow(String key, String type, boolean allowed) {
        if (fields.containsKey(key) && !allowed) {
            throw invalid("unexpected key '" + key + "' for mount type '" + type + "'");
        }
    }

    private String target() {
        return text("target").orElseThrow(() -> invalid("a target was expected"));
    }

    private Sharing sharing() {
        return switch (fields.getOrDefault("sharing", "shared").toLowerCase(Locale.ROOT)) {
            case "shared" -> Sharing.SHARED;
            case "private" -> Sharing.PRIVATE;
            case "locked" -> Sharing.LOCKED;
            default -> throw invalid("unsupported sharing; expected shared, private or locked");
        };
    }

    private boolean readOnly(boolean standard) {
        if (fields.containsKey("readonly")) {
            return is("readonly");
        }
        return fields.containsKey("readwrite") ? !is("readwrite") : standard;
    }

    private boolean is(String key) {
        return switch (fields.getOrDefault(key, "false").toLowerCase(Locale.ROOT)) {
            case "true", "t", "1" -> true;
            case "false", "f", "0" -> false;
            default -> throw invalid("invalid value for " + key + ": expected true or false");
        };
    }

    private Access access(int mode) {
        return new Access(number("uid", 10, 0), number("gid", 10, 0), (int) number("mode", 8, mode));
    }

    private long number(String key, int radix, long standard) {
        Optional<String> given = text(key);
        if (given.isEmpty()) {
            return standard;
        }
        try {
            long number = Long.parseLong(given.get(), radix);
            if (number >= 0
                    && number <= Integer.MAX_VALUE
                    && Character.isDigit(given.get().charAt(0))) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw invalid("invalid value '" + given.get() + "' for " + key);
    }

    private long size() {
        Optional<String> given = text("size");
        if (given.isEmpty()) {
            return 0;
        }
        var matcher = SIZE.matcher(given.get().strip());
        if (!matcher.matches()) {
            throw invalid("invalid value for size: expected such as 64m");
        }
        String unit = matcher.group(2);
        int power = unit == null ? 0 : UNITS.indexOf(unit.toLowerCase(Locale.ROOT)) + 1;
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(fields.get(key)).filter(value -> !value.isEmpty());
    }

    private org.berth.base.BerthException invalid(String message) {
        return place.invalid("--mount=" + text + ": " + message);
    }

    /** Fields at commas; a field in quotes may have commas, and two quotes for one. */
    private static List<String> csv(String text) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"' && (quoted || field.isEmpty())) {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}
