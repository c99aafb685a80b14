package org.berth.image.registry;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.RegistryNames;

/**
 * A server that speaks the distribution-spec.
 *
 * @param base scheme, host and port: "https://registry.example:5000"
 */
record Endpoint(URI base) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    /** The server of a registry, or of a mirror given with or without its scheme. Loopback is spoken to in plain HTTP. */
    static Endpoint of(String name) {
        String host = name.equals(RegistryNames.DEFAULT_REGISTRY) ? RegistryNames.DEFAULT_REGISTRY_HOST : name;
        String text = host.contains("://") ? host : (isLoopback(hostOf(host)) ? "http://" : "https://") + host;
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            boolean sound = uri.getHost() != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getRawQuery() == null
                    && uri.getRawUserInfo() == null;
            if (sound) {
                return new Endpoint(uri);
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new BerthException(
                ErrorCode.INVALID, "registry \"" + name + "\": expected a host with an optional port and scheme");
    }

    /**
     * The ways to a registry or mirror, the better first: one that is set as insecure, and named without a scheme, may have
     * no TLS at all.
     */
    static List<Endpoint> all(String name, Trust trust) {
        Endpoint first = of(name);
        boolean open = trust.insecure().contains(first.name()) && !name.contains("://") && !first.isPlain();
        return open ? List.of(first, of("http://" + first.name())) : List.of(first);
    }

    /** Host and port, as a reference names it. */
    String name() {
        return base.getRawAuthority() + base.getRawPath();
    }

    /** The host to connect to, an IPv6 address without brackets. */
    String host() {
        String host = base.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    int port() {
        return base.getPort() >= 0 ? base.getPort() : isPlain() ? HTTP_PORT : HTTPS_PORT;
    }

    /** Whether it is spoken to without TLS. */
    boolean isPlain() {
        return "http".equals(base.getScheme());
    }

    /** An address of the API: "/v2/library/debian/manifests/bookworm". */
    URI at(String path) {
        return URI.create(base + path);
    }

    /** Whether a host is this machine, by its name alone. */
    static boolean isLoopback(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.equals("localhost")
                || lower.endsWith(".localhost")
                || lower.equals("::1")
                || lower.matches("127(\\.[0-9]{1,3}){3}");
    }

    private static String hostOf(String authority) {
        if (authority.startsWith("[")) {
            int end = authority.indexOf(']');
            return end < 0 ? authority : authority.substring(1, end);
        }
        int end = authority.indexOf(':');
        return end < 0 ? authority : authority.substring(0, end);
    }
}
