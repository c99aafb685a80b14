package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.Engine;
import org.berth.engine.Volumes;
import org.berth.engine.Volumes.Volume;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** Volumes: list, inspect, create, remove. */
final class VolumeEndpoints {
    private static final Set<String> FILTERS = Set.of("name", "label", "label!", "driver", "dangling", "all");
    private static final int ANONYMOUS_BYTES = 32;

    private final Engine engine;
    private final Volumes volumes;
    private final SecureRandom random = new SecureRandom();

    VolumeEndpoints(Engine engine) {
        this.engine = engine;
        this.volumes = engine.volumes();
    }

    void register(Routes routes) {
        routes.add("GET", "/volumes", this::list)
                .add("POST", "/volumes/create", this::create)
                .add("POST", "/volumes/prune", this::prune)
                .add("GET", "/volumes/{name}", this::inspect)
                .add("DELETE", "/volumes/{name}", this::remove);
    }

    private void list(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        Set<String> used = used();
        List<Map<String, Object>> found = volumes.list().stream()
                .filter(volume -> filters.any("name", name -> volume.name().contains(name))
                        && filters.any("driver", "local"::equals)
                        && filters.labels(volume.labels())
                        && (!filters.isTrue("dangling") || !used.contains(volume.name()))
                        && (!filters.isFalse("dangling") || used.contains(volume.name())))
                .map(VolumeEndpoints::json)
                .toList();
        exchange.json(
                200, object().with("Volumes", found).with("Warnings", List.of()).map());
    }

    private Set<String> used() {
        return engine.containers().list().stream()
                .flatMap(state -> state.request().mounts().stream())
                .filter(Mount.Volume.class::isInstance)
                .map(mount -> ((Mount.Volume) mount).name())
                .collect(Collectors.toSet());
    }

    static Map<String, Object> json(Volume volume) {
        return object().with("Name", volume.name())
                .with("Driver", "local")
                .with("Mountpoint", volume.folder().toString())
                .with("CreatedAt", Times.text(volume.created()))
                .with("Labels", volume.labels())
                .with("Scope", "local")
                .with("Options", Map.of())
                .map();
    }

    private Volume find(String name) {
        return volumes.find(name)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "get " + name + ": no such volume"));
    }

    private void inspect(Exchange exchange) {
        exchange.json(200, json(find(exchange.parameter("name"))));
    }

    private void create(Exchange exchange) {
        JsonNode body = exchange.body();
        String driver = Tree.text(body, "Driver").orElse("local");
        Map<String, JsonNode> others = Unsupported.besides(body, Set.of("Name", "Driver", "Labels"));
        if (!others.isEmpty() || !driver.equals("local")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    (others.isEmpty() ? "driver " + driver : String.join(", ", others.keySet()))
                            + " of a volume is not implemented by Berth");
        }
        String name = Tree.text(body, "Name").orElseGet(this::anonymous);
        Volume volume = volumes.find(name).orElseGet(() -> volumes.create(name, Tree.map(body, "Labels")));
        exchange.json(201, json(volume));
    }

    private String anonymous() {
        byte[] bytes = new byte[ANONYMOUS_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void remove(Exchange exchange) {
        String name = exchange.parameter("name");
        if (exchange.flag("force") && volumes.find(name).isEmpty()) {
            exchange.empty(204);
            return;
        }
        volumes.remove(find(name).name(), exchange.flag("force"));
        exchange.empty(204);
    }

    /** Anonymous ones only, unless all are asked for. */
    private void prune(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        Set<String> used = used();
        List<String> deleted = new ArrayList<>();
        for (Volume volume : volumes.list()) {
            boolean anonymous = volume.name().matches("[0-9a-f]{64}");
            if ((anonymous || filters.isTrue("all"))
                    && !used.contains(volume.name())
                    && filters.labels(volume.labels())) {
                volumes.remove(volume.name(), false);
                deleted.add(volume.name());
            }
        }
        exchange.json(
                200,
                object().with("VolumesDeleted", deleted)
                        .with("SpaceReclaimed", 0)
                        .map());
    }
}
