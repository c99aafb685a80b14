package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerState;
import org.berth.network.Networks.Attachment;

/** A container's interfaces as NetworkSettings. Pure. */
final class EndpointJson {
    private EndpointJson() {}

    static Map<String, Object> settings(ContainerState state) {
        Optional<Attachment> first = state.networks().values().stream().findFirst();
        return object().with("Bridge", "")
                .with("SandboxID", state.id())
                .with("SandboxKey", "")
                .with("Ports", HostConfigJson.bindings(state.ports()))
                .with("HairpinMode", false)
                .with("EndpointID", first.map(attachment -> endpointId(state)).orElse(""))
                .with("Gateway", first.map(EndpointJson::gateway).orElse(""))
                .with("IPAddress", first.map(EndpointJson::address).orElse(""))
                .with("IPPrefixLen", first.map(Attachment::prefix).orElse(0))
                .with("MacAddress", first.map(Attachment::macAddress).orElse(""))
                .with("Networks", networks(state))
                .map();
    }

    /** Network's name to the endpoint there. */
    static Map<String, Object> networks(ContainerState state) {
        Map<String, Object> networks = new LinkedHashMap<>();
        state.request().networks().forEach(wanted -> networks.put(wanted.network(), absent()));
        state.networks().forEach((name, attachment) -> networks.put(name, endpoint(state, attachment)));
        return networks;
    }

    private static Map<String, Object> endpoint(ContainerState state, Attachment attachment) {
        return object().withNull("IPAMConfig")
                .withNull("Links")
                .with("Aliases", List.copyOf(attachment.names()))
                .with("DNSNames", List.copyOf(attachment.names()))
                .with("NetworkID", attachment.networkId())
                .with("EndpointID", endpointId(state))
                .with("Gateway", gateway(attachment))
                .with("IPAddress", address(attachment))
                .with("IPPrefixLen", attachment.prefix())
                .with("IPv6Gateway", "")
                .with("GlobalIPv6Address", "")
                .with("GlobalIPv6PrefixLen", 0)
                .with("MacAddress", attachment.macAddress())
                .map();
    }

    private static Map<String, Object> absent() {
        return object().with("NetworkID", "")
                .with("EndpointID", "")
                .with("IPAddress", "")
                .map();
    }

    /** An endpoint has no id of its own here. */
    private static String endpointId(ContainerState state) {
        return state.id();
    }

    private static String gateway(Attachment attachment) {
        return attachment.gateway().getHostAddress();
    }

    private static String address(Attachment attachment) {
        return attachment.address().getHostAddress();
    }
}
