package org.berth.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.rootless.Rootless;
import org.berth.network.Networks.PublishedPort;

/**
 * The way from the machine's network to published ports. For the machine's root they are one network; an ordinary user's
 * daemon has one of its own, and ports of the machine's are led into it. Not safe for concurrent use.
 */
interface HostPorts {
    /** The rules' view of a published port: at which address of the daemon's network it arrives. */
    PublishedPort inside(PublishedPort port);

    /**
     * Has the machine's port lead here. It goes on doing so while no daemon runs; one that does already is fine.
     *
     * @throws BerthException CONFLICT when it can't be had
     */
    void open(PublishedPort port);

    /** Lets go of the machine's port. Idempotent. */
    void close(PublishedPort port);

    /** Lets go of every other port. */
    void keepOnly(Set<PublishedPort> ports);

    /** What users should know. */
    List<String> warnings();

    /** That of this process. */
    static HostPorts of(Instance instance) {
        if (OwnUserNamespace.isMachines()) {
            return new SameNetwork();
        }
        Path socket = Rootless.portsSocket(instance);
        return Files.exists(socket) ? new SlirpPorts(socket) : new NoWay(Rootless.hasWayOut(instance));
    }

    /** One network: there is nothing to do. */
    final class SameNetwork implements HostPorts {
        @Override
        public PublishedPort inside(PublishedPort port) {
            return port;
        }

        @Override
        public void open(PublishedPort port) {}

        @Override
        public void close(PublishedPort port) {}

        @Override
        public void keepOnly(Set<PublishedPort> ports) {}

        @Override
        public List<String> warnings() {
            return List.of();
        }
    }

    /**
     * Two networks, and nothing that leads ports from one to the other.
     *
     * @param out whether containers reach the world all the same
     */
    record NoWay(boolean out) implements HostPorts {
        @Override
        public PublishedPort inside(PublishedPort port) {
            return everywhere(port);
        }

        @Override
        public void open(PublishedPort port) {
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    "port " + port.hostPort()
                            + " can't be published: slirp4netns, which leads an ordinary user's ports to"
                            + " containers, was not installed or did not start when the daemon did"
                            + " (docs/rootless.md)");
        }

        @Override
        public void close(PublishedPort port) {}

        @Override
        public void keepOnly(Set<PublishedPort> ports) {}

        @Override
        public List<String> warnings() {
            return List.of((out ? "" : "containers reach nothing outside, and ")
                    + "no port of a container can be published: slirp4netns, which leads them there, was not installed"
                    + " or did not start when the daemon did (docs/rootless.md)");
        }
    }

    /** The same port on every address. */
    static PublishedPort everywhere(PublishedPort port) {
        return new PublishedPort(
                (Inet4Address) InetAddress.ofLiteral("0.0.0.0"),
                port.hostPort(),
                port.containerPort(),
                port.protocol());
    }
}
