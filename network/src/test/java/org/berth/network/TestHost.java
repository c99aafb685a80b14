package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.linux.netlink.Link;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;

/**
 * A host of its own for a test: a fresh network namespace in which nothing is switched on, not even
 * forwarding, with one neighbour, another fresh namespace, on a network between the two. The
 * machine's own network is never touched.
 */
final class TestHost implements AutoCloseable {
    /** The host's address on the network it shares with its neighbour. */
    static final Inet4Address ADDRESS = address("198.51.100.1");

    /** The neighbour's. */
    static final Inet4Address NEIGHBOUR = address("198.51.100.2");

    private static final int MTU = 1400;

    /** How long a connection or an answer is waited for, in milliseconds. */
    private static final int WAIT_MILLISECONDS_MAX = 10_000;

    final NetworkNamespace host = RouteSocket.createNamespace();
    final NetworkNamespace neighbour = RouteSocket.createNamespace();
    private final Instance instance;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> namespaces = new ArrayList<>();
    private LocalNetworks networks;

    TestHost(Instance instance) {
        this.instance = instance;
        connectNeighbour();
        networks = start(instance);
    }

    private void connectNeighbour() {
        try (RouteSocket socket = RouteSocket.open(host);
                RouteSocket beyond = RouteSocket.open(neighbour)) {
            socket.createBridge("lan0", MacAddress.of(ADDRESS), MTU);
            Link lan = socket.link("lan0").orElseThrow();
            socket.addAddress(lan.index(), ADDRESS, 24);
            socket.createVeth("lan1", lan, "eth0", MacAddress.of(NEIGHBOUR), MTU, neighbour);
            beyond.configure(beyond.link("eth0").orElseThrow(), NEIGHBOUR, 24, Optional.empty());
            socket.addDefaultRoute(NEIGHBOUR);
        }
    }

    /** A daemon of this host. */
    LocalNetworks start(Instance instance) {
        Path resolvers = instance.root().resolve("resolv.conf");
        try {
            Files.createDirectories(instance.root());
            Files.writeString(resolvers, "nameserver " + NEIGHBOUR.getHostAddress() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LocalNetworks started = new LocalNetworks(instance, host, new HostResolvers(resolvers));
        started.restore();
        return started;
    }

    /** Whether packets between the ports of a bridge pass the rules (br_netfilter). */
    void filterBridges(boolean filtered) {
        host.run(() -> {
            try {
                Files.writeString(Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables"), filtered ? "1" : "0");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Adds a route of the host. */
    void route(Inet4Address destination, int prefix, Inet4Address gateway) {
        try (RouteSocket socket = RouteSocket.open(host)) {
            socket.addRoute(destination, prefix, gateway);
        }
    }

    /** Runs a command of the machine's in this host: a process is born in the namespace of the thread that starts it. */
    int run(List<String> command) throws InterruptedException {
        Process process = host.call(() -> {
            try {
                return new ProcessBuilder(command).inheritIO().start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return process.waitFor();
    }

    LocalNetworks networks() {
        return networks;
    }

    /** The daemon ends, by force or not, and comes back. */
    LocalNetworks restart() {
        networks.close();
        networks = start(instance);
        return networks;
    }

    /** The machine ends and comes back: nothing runs, the run folder is empty. */
    LocalNetworks reboot() {
        networks.close();
        List.copyOf(namespaces)
                .forEach(key -> NetworkNamespace.release(instance.run().resolve("netns/" + key)));
        namespaces.clear();
        try (RouteSocket socket = RouteSocket.open(host)) {
            socket.links().stream()
                    .filter(link -> link.name().contains(instance.tag()))
                    .forEach(socket::delete);
        }
        host.run(() -> org.berth.linux.nftables.Nftables.apply("flush ruleset"));
        delete(instance.run());
        networks = start(instance);
        return networks;
    }

    /** A container as far as networks know: a namespace, attached. */
    NetworkNamespace container(String key, String network, String... names) {
        Path file = networks.createNamespace(key);
        namespaces.add(key);
        networks.attach(key, networks.find(network).orElseThrow().id(), java.util.Set.of(names));
        return keep(NetworkNamespace.open(file));
    }

    /** The address of a container's first interface. */
    Inet4Address address(String key, int number) {
        return networks.attachments(key).get(number).address();
    }

    /** A server that greets with "NAME CLIENT" and echoes what it is sent. */
    void greet(NetworkNamespace namespace, Inet4Address address, int port, String name) {
        ServerSocketChannel server = keep(namespace.call(() -> listen(address, port)));
        Thread.ofVirtual().start(() -> {
            while (server.isOpen()) {
                try {
                    Socket client = server.accept().socket();
                    Thread.ofVirtual().start(() -> greet(client, name));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private static void greet(Socket client, String name) {
        try (client) {
            String from = client.getInetAddress().getHostAddress();
            client.getOutputStream().write((name + " " + from + "\n").getBytes(StandardCharsets.US_ASCII));
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // the client has gone
        }
    }

    static ServerSocketChannel listen(Inet4Address address, int port) {
        try {
            return ServerSocketChannel.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(address, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects from a namespace. */
    Socket connect(NetworkNamespace from, Inet4Address address, int port) throws IOException {
        return connect(from, address, port, WAIT_MILLISECONDS_MAX);
    }

    Socket connect(NetworkNamespace from, Inet4Address address, int port, int waitMilliseconds) throws IOException {
        Socket socket = keep(from.call(TestHost::open)).socket();
        socket.setSoTimeout(WAIT_MILLISECONDS_MAX);
        socket.connect(new InetSocketAddress(address, port), waitMilliseconds);
        return socket;
    }

    /** The greeting that a new connection gets: the server's name, and the client as it sees it. */
    String greeting(NetworkNamespace from, Inet4Address address, int port) throws IOException {
        try (Socket socket = connect(from, address, port)) {
            return line(socket);
        }
    }

    static String line(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = socket.getInputStream().read(); next >= 0 && next != '\n'; ) {
            line.append((char) next);
            next = socket.getInputStream().read();
        }
        return line.toString();
    }

    private static SocketChannel open() {
        try {
            return SocketChannel.open(StandardProtocolFamily.INET);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes {@code resource} with this host. */
    <T extends AutoCloseable> T keep(T resource) {
        opened.add(resource);
        return resource;
    }

    static Inet4Address address(String text) {
        return Inet4Address.ofLiteral(text);
    }

    @Override
    public void close() {
        try {
            for (AutoCloseable resource : opened) {
                resource.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        namespaces.forEach(networks::removeNamespace);
        networks.published().keySet().forEach(owner -> networks.publish(owner, List.of(), List.of()));
        networks.list().forEach(network -> networks.remove(network.id()));
        networks.close();
        host.close();
        neighbour.close();
    }

    private static void delete(Path folder) {
        try (java.util.stream.Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
