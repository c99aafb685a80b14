package org.berth.image.debian;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The way to an archive that the host's apt would take (apt-transport-http(1)): straight, or through
 * the proxy that {@code Acquire::http::Proxy} names, or {@code http_proxy}, but for the hosts in {@code
 * no_proxy}; and alike for https.
 */
final class HostProxies extends ProxySelector {
    private static final Pattern OPTION =
            Pattern.compile("(?im)^\\s*Acquire::(?<scheme>https?)::proxy\\s+\"(?<proxy>[^\"]*)\"\\s*;");
    private static final String STRAIGHT = "DIRECT";
    private static final int PORT = 8080;

    private final Map<String, String> environment;
    private final String options;

    private HostProxies(Map<String, String> environment, String options) {
        this.environment = environment;
        this.options = options;
    }

    /** Reads etc/apt/apt.conf and apt.conf.d of a host. */
    static HostProxies read(Path host, Map<String, String> environment) {
        try {
            List<Path> files = new ArrayList<>();
            Path parts = host.resolve("etc/apt/apt.conf.d");
            if (Files.isDirectory(parts)) {
                try (Stream<Path> found = Files.list(parts)) {
                    found.filter(Files::isRegularFile).sorted().forEach(files::add);
                }
            }
            files.add(host.resolve("etc/apt/apt.conf"));
            StringBuilder options = new StringBuilder();
            for (Path file : files) {
                if (Files.isRegularFile(file)) {
                    options.append(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .append('\n');
                }
            }
            return new HostProxies(environment, options.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("read the configuration of apt: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Proxy> select(URI address) {
        String scheme = address.getScheme().toLowerCase(Locale.ROOT);
        Optional<String> host = Optional.ofNullable(address.getHost());
        String proxy = option(scheme).orElseGet(() -> environment.getOrDefault(scheme + "_proxy", ""));
        if (proxy.isEmpty() || proxy.equalsIgnoreCase(STRAIGHT) || host.isEmpty() || isExempt(host.get())) {
            return List.of(Proxy.NO_PROXY);
        }
        URI way = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
        int port = way.getPort() < 0 ? PORT : way.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(way.getHost(), port)));
    }

    /** What apt's configuration says last. */
    private Optional<String> option(String scheme) {
        Optional<String> last = Optional.empty();
        Matcher matcher = OPTION.matcher(options);
        while (matcher.find()) {
            if (matcher.group("scheme").equalsIgnoreCase(scheme)) {
                last = Optional.of(matcher.group("proxy"));
            }
        }
        return last;
    }

    private boolean isExempt(String host) {
        for (String entry : environment.getOrDefault("no_proxy", "").split(",", -1)) {
            String name = entry.strip().replaceFirst("^\\*?\\.", "");
            if (name.equals("*") || (!name.isEmpty() && (host.equals(name) || host.endsWith("." + name)))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // the request that failed says so
    }
}
