package org.berth.network;

import java.net.Inet4Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The networks of one instance. State is in {@code BERTH_ROOT/networks}; safe for concurrent use. */
public interface Networks extends AutoCloseable {
    /**
     * Makes a network: a bridge with a subnet that no route of the host overlaps.
     *
     * @param subnet "10.1.2.0/24" to insist on one
     * @param internal no way out of it
     */
    Network create(String name, Optional<String> subnet, boolean internal, Map<String, String> labels);

    Optional<Network> find(String nameOrId);

    List<Network> list();

    /** Removes it; CONFLICT while something is attached. */
    void remove(String nameOrId);

    /** A new network namespace, held by the file {@code BERTH_RUN/netns/KEY}; loopback is up. */
    Path createNamespace(String key);

    /** Removes the namespace with all its interfaces and attachments. Idempotent. */
    void removeNamespace(String key);

    /**
     * Connects a namespace to a network: a veth pair, an address, routes; the first attachment carries
     * the default route.
     *
     * @param key the namespace's
     * @param names what DNS answers with this address, in this network, at once: task names, aliases
     *     of a single container (a service's name is {@link #setServices})
     */
    Attachment attach(String key, String networkId, Set<String> names);

    void detach(String key, String networkId);

    List<Attachment> attachments(String key);

    /**
     * What the services of a network resolve to: name (lower case) to addresses, ready ones only. It
     * replaces what was said before for that {@code owner} (a project's service). Survives a restart.
     */
    void setServices(String networkId, String owner, Map<String, List<Inet4Address>> names);

    /**
     * Publishes ports on the host, each balanced over the backends; replaces what this owner had
     * published, without a moment in which an unchanged port does not answer. A port in use is a
     * CONFLICT that names it; then nothing is changed.
     *
     * @param owner container id or service id
     * @return the ports with the host ports that were chosen
     */
    List<PublishedPort> publish(String owner, List<PublishedPort> ports, List<Inet4Address> backends);

    /** Every port published, by owner. */
    Map<String, List<PublishedPort>> published();

    /** Brings bridges, rules, DNS and held ports up from the stored state: at the daemon's start. */
    void restore();

    /** Words for anything on this host that would drop our packets (dockerd's FORWARD policy, ufw). */
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
