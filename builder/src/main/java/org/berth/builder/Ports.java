package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.Place;

/** What EXPOSE names. */
final class Ports {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/(tcp|udp|sctp))?");
    private static final int PORT_MAX = 65535;

    private Ports() {}

    /** "80", "80/udp", "8000-8010/tcp" as "80/tcp" each. */
    static List<String> parse(String text, Place place) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw place.invalid("EXPOSE " + text + ": expected PORT, PORT/udp or PORT-PORT");
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (first < 1 || last > PORT_MAX || last < first) {
            throw place.invalid("EXPOSE " + text + ": expected ports from 1 to " + PORT_MAX);
        }
        String protocol = matcher.group(3) == null ? "tcp" : matcher.group(3);
        List<String> ports = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            ports.add(port + "/" + protocol);
        }
        return ports;
    }
}
