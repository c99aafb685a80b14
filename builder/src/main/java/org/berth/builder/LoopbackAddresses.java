package org.berth.builder;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses of the host's own loopback in variables for a build step: a package index or proxy that
 * listens there. A container has a loopback of its own, so they are told as the host's address on the
 * container's network, with the port of a {@link HostRelay}. Pure.
 */
final class LoopbackAddresses {
    private static final String HOST = "(127(?:\\.\\d{1,3}){3}|localhost|\\[::1\\])";
    private static final Pattern ADDRESS =
            Pattern.compile("(?i)\\b(https?)://([^/@\\s]*@)?" + HOST + "(?::(\\d{1,5}))?(?=[/?#\\s]|$)");
    private static final Pattern BARE = Pattern.compile("(?i)" + HOST + ":(\\d{1,5})");
    private static final Set<String> PROXY_EXCEPTIONS = Set.of("NO_PROXY", "no_proxy");

    private LoopbackAddresses() {}

    /** Whether a variable has such an address. */
    static boolean isIn(Map<String, String> variables) {
        return variables.entrySet().stream()
                .filter(entry -> !PROXY_EXCEPTIONS.contains(entry.getKey()))
                .anyMatch(entry -> ADDRESS.matcher(entry.getValue()).find()
                        || BARE.matcher(entry.getValue()).matches());
    }

    /**
     * The variables with other addresses.
     *
     * @param gateway the host's address on the container's network
     * @param relay opens a relay to a host ("127.0.0.1") and port and gives the port it listens on
     */
    static Map<String, String> replace(Map<String, String> variables, String gateway, ToIntFunction<Target> relay) {
        Map<String, String> replaced = new TreeMap<>(variables);
        replaced.replaceAll((name, value) -> PROXY_EXCEPTIONS.contains(name) ? value : replace(value, gateway, relay));
        if (variables.keySet().stream().anyMatch(name -> name.startsWith("PIP_"))) {
            // pip takes http from the loopback without question, and from elsewhere only when told so
            replaced.merge("PIP_TRUSTED_HOST", gateway, (before, more) -> before + " " + more);
        }
        if (variables.keySet().stream()
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"))) {
            PROXY_EXCEPTIONS.forEach(name -> replaced.merge(name, gateway, (before, more) -> before + "," + more));
        }
        return replaced;
    }

    /** What a relay leads to. */
    record Target(String host, int port) {}

    private static String replace(String value, String gateway, ToIntFunction<Target> relay) {
        Matcher bare = BARE.matcher(value);
        if (bare.matches()) {
            return gateway + ":" + relay.applyAsInt(target(bare.group(1), bare.group(2), ""));
        }
        return ADDRESS.matcher(value).replaceAll(match -> {
            String credentials = match.group(2) == null ? "" : match.group(2);
            String port = match.group(4) == null ? "" : match.group(4);
            int listening = relay.applyAsInt(target(match.group(3), port, match.group(1)));
            return Matcher.quoteReplacement(match.group(1) + "://" + credentials + gateway + ":" + listening);
        });
    }

    private static Target target(String host, String port, String scheme) {
        String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        int standard = scheme.equalsIgnoreCase("https") ? 443 : 80;
        return new Target(plain, port.isEmpty() ? standard : Integer.parseInt(port));
    }
}
