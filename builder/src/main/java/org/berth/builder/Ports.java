package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.Instruction.Origin;
import org.berth.builder.dockerfile.Lint;
import org.berth.builder.dockerfile.LintRule;

/** What EXPOSE names. */
final class Ports {
    private static final Pattern FORM =
            Pattern.compile("((?:\\S*:)?)(\\d{1,5})(?:-(\\d{1,5}))?(?:/((?i)tcp|udp|sctp))?/?");
    private static final int PORT_MAX = 65535;

    private Ports() {}

    /** "80", "80/udp", "8000-8010/tcp" as "80/tcp" each. An address or a port of the host before it counts for nothing. */
    static List<String> of(List<String> words, Origin origin, Lint lint) {
        List<String> ports = new ArrayList<>();
        words.forEach(word -> ports.addAll(of(word, origin, lint)));
        return ports;
    }

    private static List<String> of(String text, Origin origin, Lint lint) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw origin.place().invalid("EXPOSE " + text + ": expected PORT, PORT/udp or PORT-PORT");
        }
        int first = Integer.parseInt(matcher.group(2));
        int last = matcher.group(3) == null ? first : Integer.parseInt(matcher.group(3));
        if (first < 1 || last > PORT_MAX || last < first) {
            throw origin.place().invalid("EXPOSE " + text + ": expected ports from 1 to " + PORT_MAX);
        }
        String written = matcher.group(4) == null ? "tcp" : matcher.group(4);
        String protocol = written.toLowerCase(Locale.ROOT);
        if (!written.equals(protocol)) {
            lint.warn(
                    LintRule.EXPOSE_PROTO_CASING,
                    origin,
                    "Defined protocol '" + text + "' in EXPOSE instruction should be lowercase");
        }
        if (!matcher.group(1).isEmpty()) {
            lint.warn(
                    LintRule.EXPOSE_INVALID_FORMAT,
                    origin,
                    "EXPOSE instruction should not define an IP address or host-port mapping, found '" + text + "'");
        }
        List<String> ports = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            ports.add(port + "/" + protocol);
        }
        return ports;
    }
}
