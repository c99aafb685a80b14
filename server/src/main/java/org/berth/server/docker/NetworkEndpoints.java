package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState;
import org.berth.engine.Engine;
import org.berth.network.Networks;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.Network;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** Networks: list, inspect, create, remove, and who is connected. */
final class NetworkEndpoints {
    private static final Set<String> FILTERS =
            Set.of("name", "id", "label", "label!", "driver", "scope", "type", "dangling", "until");

    private final Engine engine;
    private final Networks networks;

    NetworkEndpoints(Engine engine) {
        this.engine = engine;
        this.networks = engine.networks();
    }

    void register(Routes routes) {
        routes.add("GET", "/networks", this::list)
                .add("POST", "/networks/create", this::create)
                .add("POST", "/networks/prune", this::prune)
                .add("GET", "/networks/{name}", this::inspect)
                .add("DELETE", "/networks/{name}", this::remove)
                .add("POST", "/networks/{name}/connect", this::connect)
                .add("POST", "/networks/{name}/disconnect", this::disconnect);
    }

    private void list(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        exchange.json(
                200,
                networks.list().stream()
                        .filter(network -> fits(network, filters))
                        .map(network -> json(network, List.of()))
                        .toList());
    }

    private boolean fits(Network network, Filters filters) {
        return filters.any("name", name -> network.name().contains(name))
                && filters.any("id", id -> network.id().startsWith(id))
                && filters.any("driver", "bridge"::equals)
                && filters.any("scope", "local"::equals)
                && filters.any("type", type -> type.equals(isDefault(network) ? "builtin" : "custom"))
                && (!filters.isTrue("dangling")
                        || (!isDefault(network) && users(network).isEmpty()))
                && filters.labels(network.labels());
    }

    private static boolean isDefault(Network network) {
        return network.name().equals(NetworkReader.DEFAULT);
    }

    private Network find(String name) {
        return networks.find(name)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "network " + name + " not found"));
    }

    private void inspect(Exchange exchange) {
        Network network = find(exchange.parameter("name"));
        exchange.json(200, json(network, users(network)));
    }

    private List<ContainerState> users(Network network) {
        return engine.containers().list().stream()
                .filter(state -> endpoint(state, network).isPresent())
                .toList();
    }

    private static Optional<Attachment> endpoint(ContainerState state, Network network) {
        return state.networks().values().stream()
                .filter(attachment -> attachment.networkId().equals(network.id()))
                .findFirst();
    }

    static Map<String, Object> json(Network network, List<ContainerState> users) {
        Map<String, Object> containers = new LinkedHashMap<>();
        for (ContainerState state : users) {
            endpoint(state, network).ifPresent(attachment -> containers.put(state.id(), member(state, attachment)));
        }
        return object().with("Name", network.name())
                .with("Id", network.id())
                .with("Created", Times.NEVER)
                .with("Scope", "local")
                .with("Driver", "bridge")
                .with("EnableIPv4", true)
                .with("EnableIPv6", false)
                .with(
                        "IPAM",
                        object().with("Driver", "default")
                                .with("Options", Map.of())
                                .with(
                                        "Config",
                                        List.of(object().with("Subnet", network.subnet())
                                                .with(
                                                        "Gateway",
                                                        network.gateway().getHostAddress())
                                                .map()))
                                .map())
                .with("Internal", network.internal())
                .with("Attachable", false)
                .with("Ingress", false)
                .with("ConfigFrom", Map.of("Network", ""))
                .with("ConfigOnly", false)
                .with("Containers", containers)
                .with("Options", Map.of("com.docker.network.bridge.name", network.bridge()))
                .with("Labels", network.labels())
                .map();
    }

    private static Map<String, Object> member(ContainerState state, Attachment attachment) {
        return object().with("Name", state.name())
                .with("EndpointID", state.id())
                .with("MacAddress", attachment.macAddress())
                .with("IPv4Address", attachment.address().getHostAddress() + "/" + attachment.prefix())
                .with("IPv6Address", "")
                .map();
    }

    private void create(Exchange exchange) {
        JsonNode body = exchange.body();
        String name = Tree.text(body, "Name")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "Name must name the network"));
        String driver = Tree.text(body, "Driver").orElse("bridge");
        Map<String, JsonNode> others = Unsupported.besides(
                body,
                Set.of(
                        "Name",
                        "Driver",
                        "Internal",
                        "Labels",
                        "IPAM",
                        "CheckDuplicate",
                        "EnableIPv4",
                        "Attachable",
                        "Scope"));
        if (!others.isEmpty() || !driver.equals("bridge")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    (others.isEmpty() ? "driver " + driver : String.join(", ", others.keySet()))
                            + " of a network is not implemented by Berth");
        }
        Network network = networks.create(name, subnet(body), Tree.flag(body, "Internal"), Tree.map(body, "Labels"));
        exchange.json(201, object().with("Id", network.id()).with("Warning", "").map());
    }

    private static Optional<String> subnet(JsonNode body) {
        JsonNode pools = Tree.at(Tree.at(body, "IPAM"), "Config");
        List<String> subnets = new ArrayList<>();
        for (JsonNode pool : pools) {
            Map<String, JsonNode> others = Unsupported.besides(pool, Set.of("Subnet"));
            if (!others.isEmpty()) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        String.join(", ", others.keySet()) + " of a network's IPAM is not implemented by Berth");
            }
            Tree.text(pool, "Subnet").ifPresent(subnets::add);
        }
        if (subnets.size() > 1) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "more than one subnet is not implemented by Berth");
        }
        return subnets.stream().findFirst();
    }

    private void remove(Exchange exchange) {
        Network network = find(exchange.parameter("name"));
        List<String> users = users(network).stream().map(ContainerState::name).toList();
        if (!users.isEmpty()) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "network " + network.name() + " has active endpoints: " + String.join(", ", users));
        }
        networks.remove(network.id());
        exchange.empty(204);
    }

    private void connect(Exchange exchange) {
        Network network = find(exchange.parameter("name"));
        JsonNode body = exchange.body();
        engine.containers()
                .connect(container(body), NetworkReader.attachment(network.name(), Tree.at(body, "EndpointConfig")));
        exchange.empty(200);
    }

    private void disconnect(Exchange exchange) {
        Network network = find(exchange.parameter("name"));
        engine.containers().disconnect(container(exchange.body()), network.name());
        exchange.empty(200);
    }

    private static String container(JsonNode body) {
        return Tree.text(body, "Container")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "Container must name a container"));
    }

    private void prune(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        List<String> deleted = new ArrayList<>();
        for (Network network : networks.list()) {
            if (!isDefault(network) && users(network).isEmpty() && filters.labels(network.labels())) {
                networks.remove(network.id());
                deleted.add(network.name());
            }
        }
        exchange.json(200, object().with("NetworksDeleted", deleted).map());
    }
}
