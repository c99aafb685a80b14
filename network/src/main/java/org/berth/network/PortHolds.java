package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.network.Networks.PublishedPort;

/**
 * The sockets that hold the published ports, so that no other program takes one, and a clash is seen
 * before it is published. A TCP socket is bound and does not listen: rules pass by it, and where they
 * are missing a connection is refused. Not safe for concurrent use: its owner holds a lock.
 */
final class PortHolds implements AutoCloseable {
    /** What can be held once: an address and port of the host. */
    record Place(Inet4Address address, int port, String protocol) {
        static Place of(PublishedPort port) {
            return new Place(port.address(), port.hostPort(), port.protocol());
        }
    }

    private final NetworkNamespace host;
    private final Map<Place, NetworkChannel> held = new HashMap<>();

    PortHolds(NetworkNamespace host) {
        this.host = host;
    }

    boolean holds(PublishedPort port) {
        return held.containsKey(Place.of(port));
    }

    /**
     * Holds ports, all or none.
     *
     * @return the ports with the free ones that were chosen where 0 was asked
     * @throws BerthException CONFLICT that names the port
     */
    List<PublishedPort> hold(List<PublishedPort> ports) {
        List<PublishedPort> chosen = new ArrayList<>();
        try {
            for (PublishedPort port : ports) {
                chosen.add(hold(port));
            }
        } catch (RuntimeException e) {
            chosen.forEach(this::release);
            throw e;
        }
        return chosen;
    }

    private PublishedPort hold(PublishedPort port) {
        NetworkChannel channel = bind(port);
        try {
            int number = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            PublishedPort chosen = new PublishedPort(port.address(), number, port.containerPort(), port.protocol());
            held.put(Place.of(chosen), channel);
            return chosen;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void release(PublishedPort port) {
        NetworkChannel channel = held.remove(Place.of(port));
        if (channel != null) {
            close(channel);
        }
    }

    /** Lets go of every port but these. */
    void keepOnly(Set<Place> places) {
        held.entrySet().removeIf(entry -> {
            boolean gone = !places.contains(entry.getKey());
            if (gone) {
                close(entry.getValue());
            }
            return gone;
        });
    }

    /**
     * Binds exclusively first. Where only connections of a program that has ended linger on the port,
     * that fails, and sharing it with those (SO_REUSEADDR) succeeds; a listener refuses both.
     */
    private NetworkChannel bind(PublishedPort port) {
        try {
            return bind(port, false);
        } catch (BindException e) {
            if (port.protocol().equals("tcp")) {
                try {
                    return bind(port, true);
                } catch (IOException again) {
                    throw refusal(port, again);
                }
            }
            throw refusal(port, e);
        } catch (IOException e) {
            throw refusal(port, e);
        }
    }

    private NetworkChannel bind(PublishedPort port, boolean shared) throws IOException {
        NetworkChannel channel = host.call(() -> open(port.protocol()));
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, shared);
            channel.bind(new InetSocketAddress(port.address(), port.hostPort()));
            return channel;
        } catch (IOException e) {
            close(channel);
            throw e;
        }
    }

    private static NetworkChannel open(String protocol) {
        try {
            return protocol.equals("tcp")
                    ? SocketChannel.open(StandardProtocolFamily.INET)
                    : DatagramChannel.open(StandardProtocolFamily.INET);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BerthException refusal(PublishedPort port, IOException reason) {
        String place = port.address().getHostAddress() + ":" + port.hostPort();
        String words = String.valueOf(reason.getMessage()).toLowerCase(Locale.ROOT);
        if (words.contains("in use")) {
            return new BerthException(
                    ErrorCode.CONFLICT,
                    "port " + place + " is in use by another program; choose another in ports:",
                    reason);
        }
        if (words.contains("assign requested address")) {
            return new BerthException(
                    ErrorCode.INVALID,
                    "port " + place + ": this host does not have the address "
                            + port.address().getHostAddress() + "; choose one it has in ports:",
                    reason);
        }
        return new BerthException(ErrorCode.KERNEL, "port " + place + " can't be held: " + words, reason);
    }

    private static void close(NetworkChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        keepOnly(Set.of());
    }
}
