package org.berth.image.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Whether a server, or the proxy on the way to it, can be connected to at all. A resolver's own patience is longer than ours, so it gets a thread. */
final class Reachability {
    private Reachability() {}

    /** Why no connection is made within the limit; empty when one is. */
    static Optional<String> obstacle(Endpoint endpoint, EnvironmentProxies proxies, Duration limit) {
        Optional<EnvironmentProxies.Server> proxy = proxies.on(endpoint.base());
        String host = proxy.map(EnvironmentProxies.Server::host).orElse(endpoint.host());
        int port = proxy.map(EnvironmentProxies.Server::port).orElse(endpoint.port());
        String name = proxy.map(server -> "the proxy " + server.host() + ":" + server.port())
                .orElse(endpoint.name());
        return obstacle(host, port, name, limit);
    }

    private static Optional<String> obstacle(String host, int port, String server, Duration limit) {
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("reach " + host)
                .start(() -> answer.complete(connect(host, port, server, limit)));
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Optional.of("no connection to " + server + " within " + limit.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, "interrupted while connecting to " + server, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<String> connect(String host, int port, String server, Duration limit) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            return Optional.of("the name " + host + " can't be resolved");
        }
        String reason = "";
        for (InetAddress address : addresses) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), Math.toIntExact(limit.toMillis()));
                return Optional.empty();
            } catch (IOException e) {
                reason = e.getMessage() == null ? e.toString() : e.getMessage();
            }
        }
        return Optional.of("no connection to " + server + ": " + reason);
    }
}
