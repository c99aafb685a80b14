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
    record Place(Inet4Address address, int number, String protocol) {
        /** Nothing need be known of the container's. */
        PublishedPort port() {
            return new PublishedPort(address, number, number, protocol);
        }

        static Place of(PublishedPort port) {
            return new Place(port.address(), port.hostPort(), port.protocol());
        }
    }

    /** How often another free port is tried where the machine has the first already. */
    private static final int FREE_ATTEMPTS_MAX = 16;

    private final NetworkNamespace host;
    private final HostPorts machine;
    private final Map<Place, NetworkChannel> held = new HashMap<>();

    /** @param machine the way to them, from the machine's network */
    PortHolds(NetworkNamespace host, HostPorts machine) {
        this.host = host;
        this.machine = machine;
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
        int attempts = port.hostPort() == 0 ? FREE_ATTEMPTS_MAX : 1;
        while (true) {
            try {
                return holdOne(port);
            } catch (BerthException e) {
                if (--attempts == 0 || e.code() != ErrorCode.CONFLICT) {
                    throw e;
                }
            }
        }
    }

    private PublishedPort holdOne(PublishedPort port) {
        NetworkChannel channel = bind(machine.inside(port), port);
        try {
            int number = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            PublishedPort chosen = new PublishedPort(port.address(), number, port.containerPort(), port.protocol());
            machine.open(chosen);
            held.put(Place.of(chosen), channel);
            return chosen;
        } catch (IOException e) {
            close(channel);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            close(channel);
            throw e;
        }
    }

    void release(PublishedPort port) {
        NetworkChannel channel = held.remove(Place.of(port));
        if (channel != null) {
            close(channel);
            machine.close(port);
        }
    }

    /** Lets go of every port but these. */
    void keepOnly(Set<Place> places) {
        held.entrySet().removeIf(entry -> {
            boolean gone = !places.contains(entry.getKey());
            if (gone) {
                close(entry.getValue());
                machine.close(entry.getKey().port());
            }
            return gone;
        });
    }

    /**
     * Binds exclusively first. Where only connections of a program that has ended linger on the port,
     * that fails, and sharing it with those (SO_REUSEADDR) succeeds; a listener refuses both.
     */
    private NetworkChannel bind(PublishedPort port, PublishedPort asked) {
        try {
            return bind(port, false);
        } catch (BindException e) {
            if (port.protocol().equals("tcp")) {
                try {
                    return bind(port, true);
                } catch (IOException again) {
                    throw refusal(asked, again);
                }
            }
            throw refusal(asked, e);
        } catch (IOException e) {
            throw refusal(asked, e);
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

    /** The way to what is published stays: containers go on. */
    @Override
    public void close() {
        held.values().forEach(PortHolds::close);
        held.clear();
    }
}
