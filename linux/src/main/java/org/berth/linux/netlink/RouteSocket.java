package org.berth.linux.netlink;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;

/**
 * Links, addresses and routes of one network namespace (rtnetlink(7)). Safe for concurrent use. The
 * kernel's refusals are {@link SystemCallException}s that say what was tried.
 */
public final class RouteSocket implements AutoCloseable {
    /** The loopback's number in every namespace. */
    private static final int LOOPBACK_INDEX = 1;

    private final NetlinkSocket socket;

    private RouteSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket of {@code namespace}. */
    public static RouteSocket open(NetworkNamespace namespace) {
        return new RouteSocket(namespace.call(() -> NetlinkSocket.open(NetlinkSocket.ROUTE)));
    }

    /** A fresh namespace whose loopback is up; it lives while it is held or used. */
    public static NetworkNamespace createNamespace() {
        return NetworkNamespace.create(RouteSocket::switchOnLoopback);
    }

    /** Switches on the loopback of the calling thread's namespace. */
    public static void switchOnLoopback() {
        try (RouteSocket socket = open(NetworkNamespace.current())) {
            socket.switchOn(LOOPBACK_INDEX);
        }
    }

    /** Every link. */
    public List<Link> links() {
        return socket.dump("list network links", LinkMessages.list()).stream()
                .filter(message -> message.type() == LinkMessages.RTM_NEWLINK)
                .map(Link::parse)
                .toList();
    }

    /** The link of that name. */
    public Optional<Link> link(String name) {
        try {
            return Optional.of(Link.parse(socket.query("find link " + name, LinkMessages.find(name))));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Makes a bridge that is up. */
    public void createBridge(String name, MacAddress address, int mtu) {
        execute("make bridge " + name, LinkMessages.createBridge(name, address, mtu));
    }

    /**
     * Makes a pair of Ethernet interfaces: {@code name} here, up and in a bridge, {@code peerName} in
     * another namespace, down ({@link #configure}).
     *
     * @param name a fresh one: a namespace's end is asynchronous, and a name that was used a moment
     *     ago gave "no such device"
     */
    public void createVeth(
            String name, Link bridge, String peerName, MacAddress peerAddress, int mtu, NetworkNamespace namespace) {
        execute(
                "make interfaces " + name + " and " + peerName,
                LinkMessages.createVeth(
                        name,
                        bridge.index(),
                        peerName,
                        peerAddress,
                        mtu,
                        namespace.held().number()));
    }

    /** Switches a link on. */
    public void switchOn(int index) {
        execute("switch on link " + index, LinkMessages.switchOn(index, true));
    }

    /** Switches a link off. */
    public void switchOff(int index) {
        execute("switch off link " + index, LinkMessages.switchOn(index, false));
    }

    /** Sets the largest packet of a link, in bytes. */
    public void setMtu(int index, int mtu) {
        execute("set the packet size of link " + index + " to " + mtu, LinkMessages.setMtu(index, mtu));
    }

    /** Names a link anew. */
    public void rename(int index, String name) {
        execute("name link " + index + " " + name, LinkMessages.rename(index, name));
    }

    /** Sets a link's Ethernet address. */
    public void setAddress(int index, MacAddress address) {
        execute("set the address of link " + index + " to " + address, LinkMessages.setAddress(index, address));
    }

    /** Puts a link in a bridge. */
    public void setMaster(int index, Link bridge) {
        execute("put link " + index + " in bridge " + bridge.name(), LinkMessages.setMaster(index, bridge.index()));
    }

    /** Lets the bridge send packets back through the port they came from. */
    public void setHairpin(int index) {
        execute("set hairpin mode of link " + index, LinkMessages.setHairpin(index));
    }

    /** Removes a link, a pair's other end with it; what is gone already is no error. */
    public void delete(Link link) {
        try {
            execute("remove link " + link.name(), LinkMessages.delete(link.index()));
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
    }

    /** Every IPv4 address of every link. */
    public List<InterfaceAddress> addresses() {
        return socket.dump("list addresses", AddressMessages.listAddresses()).stream()
                .filter(message -> message.type() == AddressMessages.RTM_NEWADDR)
                .map(InterfaceAddress::parse)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Gives a link an address; a route to its subnet comes with it. */
    public void addAddress(int index, Inet4Address address, int prefix) {
        execute(
                "add address " + address.getHostAddress() + "/" + prefix + " to link " + index,
                AddressMessages.addAddress(index, address, prefix));
    }

    /** Takes an address from a link, with the routes that came with it. */
    public void removeAddress(int index, Inet4Address address, int prefix) {
        execute(
                "remove address " + address.getHostAddress() + "/" + prefix + " from link " + index,
                AddressMessages.removeAddress(index, address, prefix));
    }

    /** Switches a link on with an address and, where there is one, a default route: in one system call. */
    public void configure(Link link, Inet4Address address, int prefix, Optional<Inet4Address> gateway) {
        List<MessageWriter> requests = new ArrayList<>();
        requests.add(LinkMessages.switchOn(link.index(), true));
        requests.add(AddressMessages.addAddress(link.index(), address, prefix));
        gateway.ifPresent(by -> requests.add(AddressMessages.addDefaultRoute(by)));
        socket.execute("configure " + link.name() + " with " + address.getHostAddress() + "/" + prefix, requests);
    }

    /** Every IPv4 route, of every table. */
    public List<Route> routes() {
        return socket.dump("list routes", AddressMessages.listRoutes()).stream()
                .filter(message -> message.type() == AddressMessages.RTM_NEWROUTE)
                .map(Route::parse)
                .toList();
    }

    /** Adds a default route. */
    public void addDefaultRoute(Inet4Address gateway) {
        execute("add a default route by " + gateway.getHostAddress(), AddressMessages.addDefaultRoute(gateway));
    }

    /** Adds a route to the addresses that begin with {@code prefix} bits of {@code destination}. */
    public void addRoute(Inet4Address destination, int prefix, Inet4Address gateway) {
        execute(
                "add a route to " + destination.getHostAddress() + "/" + prefix + " by " + gateway.getHostAddress(),
                AddressMessages.addRoute(destination, prefix, gateway));
    }

    @Override
    public void close() {
        socket.close();
    }

    private void execute(String action, MessageWriter request) {
        socket.execute(action, List.of(request));
    }
}
