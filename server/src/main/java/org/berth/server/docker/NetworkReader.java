package org.berth.server.docker;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import tools.jackson.databind.JsonNode;

/** Reads which networks a container joins: HostConfig.NetworkMode and NetworkingConfig. */
final class NetworkReader {
    /** The network of who asks for none. */
    static final String DEFAULT = "bridge";

    private NetworkReader() {}

    static NetworkMode mode(JsonNode host) {
        String mode = Tree.text(host, "NetworkMode").orElse("default");
        if (mode.startsWith("container:")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "NetworkMode " + mode + " is not implemented by Berth: name a network");
        }
        return switch (mode) {
            case "none" -> NetworkMode.NONE;
            case "host" -> NetworkMode.HOST;
            default -> NetworkMode.NETWORKS;
        };
    }

    static List<NetworkAttachment> attachments(JsonNode body) {
        JsonNode host = Tree.at(body, "HostConfig");
        if (mode(host) != NetworkMode.NETWORKS) {
            return List.of();
        }
        Map<String, NetworkAttachment> attachments = new LinkedHashMap<>();
        String first = named(Tree.text(host, "NetworkMode").orElse("default"));
        attachments.put(first, new NetworkAttachment(first, Set.of()));
        JsonNode endpoints = Tree.at(Tree.at(body, "NetworkingConfig"), "EndpointsConfig");
        endpoints.properties().forEach(entry -> {
            String network = named(entry.getKey());
            attachments.put(network, attachment(network, entry.getValue()));
        });
        return List.copyOf(attachments.values());
    }

    /** One endpoint's configuration, of a create or a connect request. */
    static NetworkAttachment attachment(String network, JsonNode endpoint) {
        Map<String, JsonNode> others = Unsupported.besides(
                endpoint,
                Set.of(
                        "Aliases",
                        "DNSNames",
                        "NetworkID",
                        "EndpointID",
                        "Gateway",
                        "IPAddress",
                        "IPPrefixLen",
                        "IPv6Gateway",
                        "GlobalIPv6Address",
                        "GlobalIPv6PrefixLen"));
        if (!others.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    String.join(", ", others.keySet()) + " of the endpoint in network " + network
                            + " is not implemented by Berth: addresses are chosen by it");
        }
        return new NetworkAttachment(
                network, new LinkedHashSet<>(Tree.texts(endpoint, "Aliases").orElse(List.of())));
    }

    private static String named(String mode) {
        return mode.equals("default") ? DEFAULT : mode;
    }
}
