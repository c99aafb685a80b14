package org.berth.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.YamlValue;

/**
 * Published ports, short ({@code [[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]}, ranges with a hyphen) and
 * long.
 */
final class PortReader {
    private static final Pattern SHORT = Pattern.compile(
            "(?:(?:(?<address>\\[[^]]*]|[^:]*):)?(?<published>[0-9]*(?:-[0-9]+)?):)?(?<target>[0-9]+(?:-[0-9]+)?)"
                    + "(?:/(?<protocol>[A-Za-z]+))?");
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final int PORT_MAX = 65_535;
    private static final int RANGE_MAX = 1_024;

    private PortReader() {}

    static List<Port> read(Fields service) {
        List<Port> ports = new ArrayList<>();
        for (YamlValue item : service.items("ports")) {
            List<Port> read = switch (item) {
                case YamlValue.Scalar scalar ->
                    service.context()
                            .attempt(
                                    scalar.position(),
                                    () -> parse(service.context().text(scalar)))
                            .orElse(List.of());
                default ->
                    Fields.of(service.context(), "a port of " + service.where(), item, Keys.PORT)
                            .map(PortReader::longForm)
                            .orElse(List.of());
            };
            for (Port port : read) {
                if (ports.stream().anyMatch(other -> clash(port, other))) {
                    service.context()
                            .problems()
                            .report(
                                    item.position(),
                                    "port " + port.address() + ":" + port.published() + "/" + port.protocol()
                                            + " is published twice in " + service.where());
                } else if (!ports.contains(port)) {
                    ports.add(port);
                }
            }
        }
        return ports;
    }

    private static boolean clash(Port one, Port other) {
        return one.published() != 0
                && one.published() == other.published()
                && one.protocol().equals(other.protocol())
                && one.address().equals(other.address())
                && one.target() != other.target();
    }

    /** The ports of the short form. */
    static List<Port> parse(String text) {
        Matcher matcher = SHORT.matcher(text);
        if (!matcher.matches()) {
            throw new TextException("'" + text + "' is not a port: expected [[address:]published:]target[/protocol],"
                    + " like 8080:80 or 127.0.0.1:5432:5432");
        }
        String address = Optional.ofNullable(matcher.group("address")).orElse("");
        String published = Optional.ofNullable(matcher.group("published")).orElse("");
        String protocol = Optional.ofNullable(matcher.group("protocol")).orElse("tcp");
        return ports(address, published, matcher.group("target"), protocol);
    }

    private static List<Port> longForm(Fields fields) {
        Optional<String> target = fields.text("target");
        if (target.isEmpty()) {
            fields.context().problems().report(fields.mapping().position(), fields.where() + " needs a 'target'");
            return List.of();
        }
        return fields.context()
                .attempt(
                        fields.valuePosition("target"),
                        () -> ports(
                                fields.text("host_ip").orElse(""),
                                fields.text("published").orElse(""),
                                target.get(),
                                fields.text("protocol").orElse("tcp")))
                .orElse(List.of());
    }

    private static List<Port> ports(String address, String published, String target, String protocol) {
        if (!protocol.equals("tcp") && !protocol.equals("udp")) {
            throw new TextException("protocol '" + protocol + "' of a port must be tcp or udp");
        }
        String host = address(address);
        Range targets = Range.of(target);
        if (targets.first() == 0) {
            throw new TextException("port 0 can't be a container's port");
        }
        Optional<Range> hosts =
                published.isEmpty() || published.equals("0") ? Optional.empty() : Optional.of(Range.of(published));
        if (hosts.isPresent() && hosts.get().size() != targets.size()) {
            throw new TextException("the ranges " + published + " and " + target + " of a port differ in length");
        }
        List<Port> ports = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            int offset = i;
            ports.add(new Port(
                    host, hosts.map(range -> range.first() + offset).orElse(0), targets.first() + i, protocol));
        }
        return ports;
    }

    private static String address(String text) {
        if (text.isEmpty() || text.equals("localhost")) {
            return Port.LOOPBACK;
        }
        if (text.contains(":") || text.startsWith("[")) {
            throw new TextException("IPv6 address '" + text + "' of a port: berth publishes on IPv4 only, yet");
        }
        if (!IPV4.matcher(text).matches()) {
            throw new TextException("'" + text + "' is not an IPv4 address of this host, like 127.0.0.1 or 0.0.0.0");
        }
        return text;
    }

    private record Range(int first, int last) {
        int size() {
            return last - first + 1;
        }

        static Range of(String text) {
            String[] ends = text.split("-", 2);
            try {
                int first = Integer.parseInt(ends[0]);
                int last = ends.length == 1 ? first : Integer.parseInt(ends[1]);
                if (first >= 0 && first <= last && last <= PORT_MAX && last - first < RANGE_MAX) {
                    return new Range(first, last);
                }
            } catch (NumberFormatException e) {
                // falls through to the one message
            }
            throw new TextException("'" + text + "' is not a port or a range of ports (1 to " + PORT_MAX + ", "
                    + RANGE_MAX + " at most)");
        }
    }
}
