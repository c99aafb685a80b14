package org.berth.network;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.network.NetworkState.StoredAttachment;
import org.berth.network.NetworkState.StoredNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The DNS servers of all networks. Not safe for concurrent use: its owner holds a lock. */
final class NameServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NameServices.class);

    private final NetworkNamespace host;
    private final NetworkState state;
    private final Forwarder forwarder;
    private final Map<String, DnsServer> servers = new HashMap<>();

    /** What servers answer from, by their network; read by their threads. */
    private final Map<String, NameTable> tables = new ConcurrentHashMap<>();

    /** The networks of whoever has an address, the address's own first. */
    private volatile Map<Inet4Address, List<String>> memberships = Map.of();

    NameServices(NetworkNamespace host, NetworkState state, Forwarder forwarder) {
        this.host = host;
        this.state = state;
        this.forwarder = forwarder;
    }

    /** Serves a network's names; it may be served already. */
    void serve(StoredNetwork network) {
        if (servers.containsKey(network.id())) {
            return;
        }
        refresh(network);
        try {
            servers.put(network.id(), start(network));
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.KERNEL,
                    "network " + network.name() + ": DNS can't be served on "
                            + network.range().gateway().getHostAddress() + ": " + e.getMessage(),
                    e);
        }
    }

    /** On port 53; on another, to which a rule leads, where a program of the host has 53 on every address. */
    private DnsServer start(StoredNetwork network) throws IOException {
        try {
            return new DnsServer(host, network.range(), client -> tables(network, client), forwarder, DnsServer.PORT);
        } catch (BindException e) {
            DnsServer server = new DnsServer(host, network.range(), client -> tables(network, client), forwarder, 0);
            LOG.info(
                    "network {}: port {} is taken by another program, DNS is served on port {}",
                    network.name(),
                    DnsServer.PORT,
                    server.port());
            return server;
        }
    }

    /** The port a network's DNS is on; 53 while it is not served. */
    int port(StoredNetwork network) {
        return Optional.ofNullable(servers.get(network.id()))
                .map(DnsServer::port)
                .orElse(DnsServer.PORT);
    }

    /** Answers from what the state says now. */
    void refresh(StoredNetwork network) {
        tables.put(
                network.id(),
                NameTable.of(
                        network.name(),
                        network.range(),
                        network.internal(),
                        state.attachedTo(network.id()),
                        state.names(network.id())));
        Map<Inet4Address, List<String>> members = new HashMap<>();
        state.namespaces().values().forEach(attachments -> {
            for (StoredAttachment own : attachments) {
                List<String> networks = new ArrayList<>(List.of(own.attachment().networkId()));
                attachments.stream()
                        .filter(stored -> stored != own)
                        .forEach(stored -> networks.add(stored.attachment().networkId()));
                members.put(own.attachment().address(), networks);
            }
        });
        memberships = members;
    }

    /** A container has one resolver, and knows the names of all the networks it is attached to. */
    private List<NameTable> tables(StoredNetwork network, Inet4Address client) {
        return memberships.getOrDefault(client, List.of(network.id())).stream()
                .flatMap(id -> Optional.ofNullable(tables.get(id)).stream())
                .toList();
    }

    void stop(StoredNetwork network) {
        Optional.ofNullable(servers.remove(network.id())).ifPresent(DnsServer::close);
        tables.remove(network.id());
    }

    @Override
    public void close() {
        servers.values().forEach(DnsServer::close);
        servers.clear();
    }
}
