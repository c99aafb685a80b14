package org.berth.image.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The proxies that an environment names, as other container engines read them: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and
 * {@code NO_PROXY}, or the same in small letters. This machine itself is never asked through a proxy.
 */
public final class EnvironmentProxies extends ProxySelector {
    private static final int PORT = 80;

    private final Map<String, Optional<Server>> proxies;
    private final List<String> exempt;

    private EnvironmentProxies(Map<String, Optional<Server>> proxies, List<String> exempt) {
        this.proxies = proxies;
        this.exempt = exempt;
    }

    /** A proxy's host and port. */
    record Server(String host, int port) {}

    /** Reads them. @throws BerthException INVALID or UNSUPPORTED for a proxy that can't be used, without its password */
    static EnvironmentProxies of(Map<String, String> environment) {
        return new EnvironmentProxies(
                Map.of("http", server(environment, "HTTP_PROXY"), "https", server(environment, "HTTPS_PROXY")),
                Arrays.stream(value(environment, "NO_PROXY").split(",", -1))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                        .toList());
    }

    private static String value(Map<String, String> environment, String name) {
        String small = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        return small.isEmpty() ? environment.getOrDefault(name, "") : small;
    }

    private static Optional<Server> server(Map<String, String> environment, String variable) {
        String text = value(environment, variable);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (uri.getRawUserInfo() != null) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        variable
                                + " has a user's name in it: proxies that ask for one are not used, name one that does not");
            }
            if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
                return Optional.of(new Server(uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort()));
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new BerthException(ErrorCode.INVALID, variable + " is no proxy: expected a form like http://proxy:3128");
    }

    /** The proxy on the way to an address; empty when it is reached straight. */
    Optional<Server> on(URI address) {
        String host = String.valueOf(address.getHost()).toLowerCase(Locale.ROOT);
        boolean straight = Endpoint.isLoopback(host.replaceAll("[\\[\\]]", "")) || isExempt(host);
        return straight ? Optional.empty() : proxies.getOrDefault(address.getScheme(), Optional.empty());
    }

    /** By the name itself, or a domain that it is in; {@code *} is every name. */
    private boolean isExempt(String host) {
        return exempt.stream()
                .map(name -> name.replaceFirst("^\\*?\\.", ""))
                .anyMatch(name -> name.equals("*") || host.equals(name) || host.endsWith("." + name));
    }

    @Override
    public List<Proxy> select(URI address) {
        return List.of(on(address)
                .map(server -> new Proxy(Proxy.Type.HTTP, new InetSocketAddress(server.host(), server.port())))
                .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // the request that failed says so
    }
}
