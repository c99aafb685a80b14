package org.berth.network;

import java.net.Inet4Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.berth.linux.Descriptor;

/**
 * The networks of one instance. Safe for concurrent use.
 *
 * <p>Networks are kept in {@code BERTH_ROOT/networks} and come back after a reboot. What is attached,
 * what services resolve to and what is published speaks of namespaces and addresses that end with the
 * machine: it is in {@code BERTH_RUN/network}, survives the daemon, and is empty after a reboot, when
 * its owners say it again.
 *
 * <p>A namespace's resolver is the gateway of any network it is attached to: it knows the names of all
 * of them, {@code host.docker.internal} (the gateway), and what the host's own resolvers know.
 */
public interface Networks extends AutoCloseable {
    /**
     * Makes a network: a bridge with a subnet that no route of the host overlaps.
     *
     * @param subnet "10.1.2.0/24" to insist on one
     * @param internal no way out of it
     */
    Network create(String name, Optional<String> subnet, boolean internal, Map<String, String> labels);

    /** By name, by id, or by the beginning (four digits or more) of one id only. */
    Optional<Network> find(String nameOrId);

    /** Every network. */
    List<Network> list();

    /** Removes it; CONFLICT while something is attached. */
    void remove(String nameOrId);

    /**
     * A new network namespace, held by the file {@code BERTH_RUN/netns/KEY}; loopback is up. CONFLICT
     * while there is one of that key.
     */
    Path createNamespace(String key);

    /**
     * The same with a namespace that another process makes, which then has another user namespace for its owner.
     *
     * @param made opens a fresh one; may run on any thread
     */
    default Path createNamespace(String key, Supplier<Descriptor> made) {
        throw new UnsupportedOperationException("network namespaces made elsewhere: " + key);
    }

    /** Removes the namespace with all its interfaces and attachments. Idempotent. */
    void removeNamespace(String key);

    /**
     * Connects a namespace to a network: a veth pair, an address, routes; the first attachment to a
     * network that is not internal carries the default route.
     *
     * @param key the namespace's
     * @param names what DNS answers with this address, in this network, at once: task names, aliases
     *     of a single container (a service's name is {@link #setServices})
     */
    Attachment attach(String key, String networkId, Set<String> names);

    /** Takes a namespace off a network; the default route moves to the next that leads out. Idempotent. */
    void detach(String key, String networkId);

    /** The interfaces of a namespace, oldest first. */
    List<Attachment> attachments(String key);

    /**
     * What the services of a network resolve to: name (lower case) to addresses, ready ones only. It
     * replaces what was said before for that {@code owner} (a project's service); no names withdraw it.
     * A name with no address is known and has an empty answer: it is not asked of other resolvers. A
     * service's name hides the same name of single containers ({@link #attach}).
     */
    void setServices(String networkId, String owner, Map<String, List<Inet4Address>> names);

    /**
     * Publishes ports on the host, each balanced over the backends; replaces what this owner had
     * published, without a moment in which an unchanged port does not answer. A port in use is a
     * CONFLICT that names it; then nothing is changed. With no backends a port refuses connections at
     * once; with no ports the owner's are withdrawn. Connections that are up go on in any case.
     *
     * @param owner container id or service id
     * @return the ports with the host ports that were chosen
     */
    List<PublishedPort> publish(String owner, List<PublishedPort> ports, List<Inet4Address> backends);

    /** Every port published, by owner. */
    Map<String, List<PublishedPort>> published();

    /**
     * Brings bridges, rules, DNS and held ports up from the stored state, at the daemon's start and
     * before anything else is asked for. What is up already is left as it is: nothing flaps.
     */
    void restore();

    /**
     * Words for anything on this host that is in the way of our packets, each with what to do: another
     * firewall's drop (dockerd's FORWARD policy, ufw), a later route over a network's subnet, a published
     * port that another program took. It lists all rules of the host: some milliseconds and more.
     */
    List<String> warnings();

    /** Stops serving DNS and lets go of the held ports; interfaces and rules stay. */
    @Override
    void close();

    /**
     * A network.
     *
     * @param id 64 hexadecimal digits
     * @param bridge the bridge's interface name on the host
     * @param subnet "10.210.3.0/24"
     */
    record Network(
            String id,
            String name,
            String bridge,
            String subnet,
            Inet4Address gateway,
            boolean internal,
            Map<String, String> labels) {}

    /** One interface of a namespace. @param prefix the subnet's length, 24 */
    record Attachment(
            String networkId,
            String interfaceName,
            Inet4Address address,
            int prefix,
            Inet4Address gateway,
            String macAddress,
            Set<String> names) {}

    /**
     * One published port.
     *
     * @param address the host's address it listens on; 127.0.0.1 by default, 0.0.0.0 for all
     * @param hostPort 0 asks for a free one
     * @param protocol "tcp" or "udp"
     */
    record PublishedPort(Inet4Address address, int hostPort, int containerPort, String protocol) {}
}
