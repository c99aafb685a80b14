package org.berth.image.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server wants before it answers (RFC 9110, 11.6.1, WWW-Authenticate).
 *
 * @param scheme "bearer", "basic"; lower case
 * @param parameters by lower-case name: realm, service, scope
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final int LENGTH_MAX = 2048;
    private static final String TOKEN = "([A-Za-z0-9!#$%&'*+.^_`|~-]+)";
    private static final String QUOTED = "\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"";
    /** A parameter, or else a scheme. */
    private static final Pattern PART = Pattern.compile(
            "\\G[\\s,]*+(?:" + TOKEN + "\\s*=\\s*(?:" + QUOTED + "|([^\\s,\"]+))|([A-Za-z0-9-]+)(?=[\\s,]|$))");

    /** Reads the header's values; what isn't of its form ends the reading. */
    static List<Challenge> parse(List<String> headers) {
        List<Challenge> challenges = new ArrayList<>();
        for (String header : headers) {
            if (header.length() <= LENGTH_MAX) {
                parse(header, challenges);
            }
        }
        return challenges;
    }

    private static void parse(String header, List<Challenge> challenges) {
        Matcher part = PART.matcher(header);
        while (part.find()) {
            if (part.group(4) != null) {
                challenges.add(new Challenge(part.group(4).toLowerCase(Locale.ROOT), new HashMap<>()));
            } else if (!challenges.isEmpty()) {
                String value = part.group(2) != null ? part.group(2).replaceAll("\\\\(.)", "$1") : part.group(3);
                challenges.getLast().parameters.put(part.group(1).toLowerCase(Locale.ROOT), value);
            }
        }
    }

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }
}
