package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.runtime.Resources;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** Containers: list, create, inspect, and what changes their state. */
final class ContainerEndpoints {
    private static final Set<String> FILTERS = Set.of(
            "id",
            "name",
            "label",
            "label!",
            "status",
            "ancestor",
            "network",
            "health",
            "exited",
            "volume",
            "before",
            "since",
            "publish",
            "expose",
            "is-task",
            "isolation");

    private final Engine engine;
    private final Containers containers;
    private final InstantSource clock;

    ContainerEndpoints(Engine engine, InstantSource clock) {
        this.engine = engine;
        this.containers = engine.containers();
        this.clock = clock;
    }

    void register(Routes routes) {
        routes.add("GET", "/containers/json", this::list)
                .add("POST", "/containers/create", this::create)
                .add("POST", "/containers/prune", this::prune)
                .add("GET", "/containers/{name}/json", this::inspect)
                .add("POST", "/containers/{name}/start", this::start)
                .add("POST", "/containers/{name}/stop", this::stop)
                .add("POST", "/containers/{name}/restart", this::restart)
                .add("POST", "/containers/{name}/kill", this::kill)
                .add("POST", "/containers/{name}/pause", this::pause)
                .add("POST", "/containers/{name}/unpause", this::unpause)
                .add("POST", "/containers/{name}/rename", this::rename)
                .add("POST", "/containers/{name}/update", this::update)
                .add("POST", "/containers/{name}/resize", this::resize)
                .add("DELETE", "/containers/{name}", this::remove);
    }

    private void list(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        boolean all = exchange.flag("all")
                || !filters.of("status").isEmpty()
                || !filters.of("exited").isEmpty();
        Optional<Integer> limit = exchange.number("limit").filter(number -> number > 0);
        ImageNames names = ImageNames.now(engine.images());
        ServicePorts ofServices = new ServicePorts(engine.networks().published());
        ContainerFilter filter = new ContainerFilter(filters, containers.list());
        exchange.json(
                200,
                containers.list().stream()
                        .filter(state -> all || limit.isPresent() || isUp(state))
                        .filter(filter::fits)
                        .sorted(Comparator.comparing(ContainerState::created).reversed())
                        .limit(limit.orElse(Integer.MAX_VALUE))
                        .map(state -> ContainerJson.summary(
                                state, VolumeFolders.of(engine), names, ofServices, clock.instant()))
                        .toList());
    }

    private static boolean isUp(ContainerState state) {
        return state.status() == Status.RUNNING
                || state.status() == Status.PAUSED
                || state.status() == Status.RESTARTING;
    }

    private void create(Exchange exchange) {
        JsonNode body = exchange.body();
        exchange.query("platform").ifPresent(ContainerEndpoints::checkPlatform);
        String image = CreateRequest.image(body).orElse("");
        Optional<Image> found = engine.images().find(image);
        if (found.isEmpty() && !image.isEmpty()) {
            throw new BerthException(ErrorCode.NOT_FOUND, "No such image: " + image);
        }
        CreateRequest.OfImage ofImage =
                found.map(Image::config).map(CreateRequest.OfImage::of).orElse(CreateRequest.OfImage.NOTHING);
        ContainerRequest request = CreateRequest.read(body, exchange.query("name"), ofImage, HostFacts.hostname());
        ContainerState state = containers.create(request);
        exchange.json(
                201, object().with("Id", state.id()).with("Warnings", List.of()).map());
    }

    /** "", linux, linux/amd64: the only one there is. */
    static void checkPlatform(String platform) {
        if (!Set.of("", "linux", "linux/amd64", "amd64").contains(platform)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "platform " + platform + " is not implemented by Berth: it has linux/amd64");
        }
    }

    private void inspect(Exchange exchange) {
        ContainerState state = containers.get(exchange.parameter("name"));
        Optional<ImageConfig> image = engine.images().find(state.imageId()).map(Image::config);
        exchange.json(200, ContainerJson.inspect(state, image, VolumeFolders.of(engine)));
    }

    private void start(Exchange exchange) {
        String name = exchange.parameter("name");
        try {
            containers.start(name);
        } catch (BerthException e) {
            removeIfNeverStarted(name);
            throw e;
        }
        exchange.empty(204);
    }

    /** {@code docker run --rm} waits for the removal also of what could not start. */
    private void removeIfNeverStarted(String name) {
        containers
                .find(name)
                .filter(state -> state.request().autoRemove()
                        && state.started().isEmpty()
                        && !state.failure().isEmpty())
                .ifPresent(state -> containers.remove(state.id(), true, true));
    }

    private void stop(Exchange exchange) {
        String name = exchange.parameter("name");
        Optional<String> signal = exchange.query("signal");
        if (signal.isPresent()) {
            containers.kill(name, Signals.number(signal.get()));
        }
        containers.stop(name, grace(exchange));
        exchange.empty(204);
    }

    /** A negative time means: as long as it takes. */
    private static Optional<Duration> grace(Exchange exchange) {
        return exchange.number("t").map(seconds -> seconds < 0 ? Duration.ofDays(1) : Duration.ofSeconds(seconds));
    }

    private void restart(Exchange exchange) {
        String name = exchange.parameter("name");
        try {
            containers.stop(name, grace(exchange));
        } catch (BerthException e) {
            if (e.code() != ErrorCode.NOT_MODIFIED) {
                throw e;
            }
        }
        containers.start(name);
        exchange.empty(204);
    }

    private void kill(Exchange exchange) {
        String name = exchange.parameter("name");
        int signal = Signals.number(exchange.query("signal").orElse("KILL"));
        ContainerState state = containers.get(name);
        if (!isUp(state)) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "cannot kill container: " + name + ": container " + state.id() + " is not running");
        }
        containers.kill(name, signal);
        exchange.empty(204);
    }

    private void pause(Exchange exchange) {
        containers.pause(exchange.parameter("name"));
        exchange.empty(204);
    }

    private void unpause(Exchange exchange) {
        containers.unpause(exchange.parameter("name"));
        exchange.empty(204);
    }

    private void rename(Exchange exchange) {
        String name = exchange.query("name")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "query parameter name must be the new name"));
        containers.rename(exchange.parameter("name"), name.startsWith("/") ? name.substring(1) : name);
        exchange.empty(204);
    }

    private void update(Exchange exchange) {
        String name = exchange.parameter("name");
        Resources before = containers.get(name).request().resources();
        containers.update(name, ResourceReader.update(exchange.body(), before));
        exchange.json(200, Map.of("Warnings", List.of()));
    }

    private void resize(Exchange exchange) {
        containers.resize(
                exchange.parameter("name"),
                exchange.number("h").orElse(0),
                exchange.number("w").orElse(0));
        exchange.empty(200);
    }

    private void remove(Exchange exchange) {
        if (exchange.flag("link")) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "links are not implemented by Berth");
        }
        String name = exchange.parameter("name");
        ContainerState state = containers.get(name);
        if (!exchange.flag("force") && isUp(state)) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "cannot remove container \"/" + state.name()
                            + "\": container is running: stop the container before removing or force remove");
        }
        containers.remove(name, exchange.flag("force"), exchange.flag("v"));
        exchange.empty(204);
    }

    private void prune(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), Set.of("label", "label!", "until"));
        List<String> removed = containers.list().stream()
                .filter(state -> !isUp(state) && filters.labels(state.request().labels()))
                .map(ContainerState::id)
                .toList();
        removed.forEach(id -> containers.remove(id, false, false));
        exchange.json(
                200,
                object().with("ContainersDeleted", removed)
                        .with("SpaceReclaimed", 0)
                        .map());
    }
}
