package org.berth.server.docker;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.network.Networks.PublishedPort;
import tools.jackson.databind.JsonNode;

/**
 * Reads published ports. A binding without an address listens on loopback: what should be reached
 * from elsewhere says so ({@code -p 0.0.0.0:80:80}).
 */
final class PortReader {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int PORT_MAX = 65_535;

    private PortReader() {}

    static List<PublishedPort> read(JsonNode body, Set<String> imagePorts) {
        JsonNode host = Tree.at(body, "HostConfig");
        List<PublishedPort> ports = new ArrayList<>();
        Set<String> bound = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> entry : Tree.at(host, "PortBindings").properties()) {
            bound.add(entry.getKey());
            entry.getValue().forEach(binding -> ports.add(port(entry.getKey(), binding)));
        }
        if (CreateRequest.publishesAll(body)) {
            Set<String> exposed = new LinkedHashSet<>(imagePorts);
            exposed.addAll(Tree.keys(body, "ExposedPorts"));
            exposed.removeAll(bound);
            for (String port : exposed) {
                ports.add(new PublishedPort(address(LOOPBACK), 0, number(port), protocol(port)));
            }
        }
        return List.copyOf(ports);
    }

    private static PublishedPort port(String containerPort, JsonNode binding) {
        String hostPort = Tree.text(binding, "HostPort").orElse("0");
        return new PublishedPort(
                address(Tree.text(binding, "HostIp").orElse(LOOPBACK)),
                portNumber(hostPort),
                number(containerPort),
                protocol(containerPort));
    }

    private static int number(String port) {
        int slash = port.indexOf('/');
        return portNumber(slash < 0 ? port : port.substring(0, slash));
    }

    private static String protocol(String port) {
        int slash = port.indexOf('/');
        String protocol = slash < 0 ? "tcp" : port.substring(slash + 1);
        if (!protocol.equals("tcp") && !protocol.equals("udp")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "protocol of port " + port + " is not implemented by Berth: it has tcp, udp");
        }
        return protocol;
    }

    private static int portNumber(String text) {
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= PORT_MAX) {
            return Integer.parseInt(text);
        }
        throw new BerthException(
                ErrorCode.INVALID, "invalid port \"" + text + "\": expected a number up to " + PORT_MAX);
    }

    private static Inet4Address address(String text) {
        try {
            return Inet4Address.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "host address " + text + " is not implemented by Berth: publish on an IPv4 address",
                    e);
        }
    }
}
