package org.berth.builder;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.berth.builder.LoopbackAddresses.Target;

/**
 * Ports on the host's address of a container network that lead to ports of the host's loopback, while a
 * build step runs. Only what the build's own environment names is reached.
 */
final class HostRelay implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 256;
    private static final int CONNECT_MILLIS = 5000;
    private static final int TARGETS_MAX = 16;

    private final InetAddress address;
    private final Map<Target, ServerSocket> listening = new HashMap<>();
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(CONNECTIONS_MAX);

    HostRelay(InetAddress address) {
        this.address = address;
    }

    /** Opens a relay, or finds it open. @return the port it listens on */
    synchronized int relay(Target target) {
        ServerSocket known = listening.get(target);
        if (known != null) {
            return known.getLocalPort();
        }
        if (listening.size() >= TARGETS_MAX) {
            throw new IllegalStateException("more than " + TARGETS_MAX + " addresses of the loopback");
        }
        try {
            ServerSocket server = new ServerSocket();
            open.add(server);
            server.bind(new InetSocketAddress(address, 0));
            listening.put(target, server);
            Thread.ofVirtual().name("relay " + target).start(() -> accept(server, target));
            return server.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("listen on " + address + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        open.forEach(HostRelay::closeQuietly);
    }

    private void accept(ServerSocket server, Target target) {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (free.tryAcquire()) {
                    Thread.ofVirtual().start(() -> serve(client, target));
                } else {
                    client.close();
                }
            } catch (IOException e) {
                closeQuietly(server);
            }
        }
    }

    private void serve(Socket client, Target target) {
        open.add(client);
        try (client;
                Socket host = new Socket()) {
            open.add(host);
            host.connect(new InetSocketAddress(target.host(), target.port()), CONNECT_MILLIS);
            Thread answers = Thread.ofVirtual().start(() -> pump(host, client));
            pump(client, host);
            answers.join();
            open.remove(host);
        } catch (IOException e) {
            // the client sees its connection end
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
            free.release();
        }
    }

    /** Copies to the end of one direction, and says the end. */
    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            // nothing is left to do with it
        }
    }
}
