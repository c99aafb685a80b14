package org.berth.server.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.catalog.ServedRepositories;
import org.berth.server.http.SocketServer;

/** The registry, listening. */
public final class RegistryListener implements AutoCloseable {
    /** Where the daemon's registry listens, ADDRESS:PORT; unset: it has none. */
    public static final String ADDRESS_VARIABLE = "BERTH_REGISTRY";

    /** Who may push there: see {@link PushAccess#parse}. */
    public static final String PUSH_VARIABLE = "BERTH_REGISTRY_PUSH";

    /** PEM files that it proves itself with; unset: it speaks plain HTTP. */
    public static final String CERTIFICATE_VARIABLE = "BERTH_REGISTRY_CERTIFICATE";

    /** The certificate's key. */
    public static final String KEY_VARIABLE = "BERTH_REGISTRY_KEY";

    private static final Pattern ADDRESS = Pattern.compile("(?:([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+]):)?([0-9]{1,5})");

    private final RegistryApi api;
    private final SocketServer server;
    private final String host;

    private RegistryListener(RegistryApi api, SocketServer server, String host) {
        this.api = api;
        this.server = server;
        this.host = host;
    }

    /** As the daemon's environment says; empty when it says nothing. */
    public static Optional<RegistryListener> fromEnvironment(
            Map<String, String> environment, Supplier<ServedRepositories> repositories) {
        return Optional.of(environment.getOrDefault(ADDRESS_VARIABLE, ""))
                .filter(address -> !address.isEmpty())
                .map(address -> open(
                        repositories.get(),
                        address,
                        PushAccess.parse(environment.getOrDefault(PUSH_VARIABLE, "no")),
                        tls(
                                environment.getOrDefault(CERTIFICATE_VARIABLE, ""),
                                environment.getOrDefault(KEY_VARIABLE, ""))));
    }

    /** TLS with a certificate and its key, both files; empty where both are "". */
    public static Optional<SSLContext> tls(String certificate, String key) {
        return ServerKey.of(certificate, key);
    }

    /** As below, in plain HTTP. */
    public static RegistryListener open(ServedRepositories repositories, String address, PushAccess access) {
        return open(repositories, address, access, Optional.empty());
    }

    /**
     * Listens.
     *
     * @param address "127.0.0.1:5000", or a port of 127.0.0.1; port 0 is any
     * @param tls empty: plain HTTP
     */
    public static RegistryListener open(
            ServedRepositories repositories, String address, PushAccess access, Optional<SSLContext> tls) {
        Matcher matcher = ADDRESS.matcher(address);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "registry address \"" + address + "\": expected ADDRESS:PORT, as 127.0.0.1:5000");
        }
        String host = matcher.group(1) == null ? "127.0.0.1" : matcher.group(1);
        RegistryApi api = new RegistryApi(repositories, access);
        SocketServer server = SocketServer.listen(
                new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), Integer.parseInt(matcher.group(2))), tls, api);
        return new RegistryListener(api, server, host);
    }

    /** "127.0.0.1:5000", as the name of an image begins that is pushed here. */
    public String name() {
        return host + ":" + server.port();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            api.close();
        }
    }
}
