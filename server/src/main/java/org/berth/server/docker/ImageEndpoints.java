package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Reference;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;

/** Images: list, inspect, pull, tag, remove. */
final class ImageEndpoints {
    private static final Set<String> FILTERS =
            Set.of("dangling", "reference", "label", "label!", "before", "since", "until");

    private final Engine engine;
    private final Images images;
    private final RegistryEndpoints registry;
    private final ImageArchiveEndpoints archives;

    ImageEndpoints(Engine engine, InstantSource clock) {
        this.engine = engine;
        this.images = engine.images();
        this.registry = new RegistryEndpoints(engine);
        this.archives = new ImageArchiveEndpoints(engine, clock);
    }

    void register(Routes routes) {
        registry.register(routes);
        archives.register(routes);
        routes.add("GET", "/images/json", this::list)
                .add("POST", "/images/create", this::create)
                .add("POST", "/images/prune", this::prune)
                .add("GET", "/images/{name*}/json", this::inspect)
                .add("POST", "/images/{name*}/tag", this::tag)
                .add("DELETE", "/images/{name*}", this::remove);
    }

    private void list(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        boolean all = exchange.flag("all");
        exchange.json(
                200,
                images.list().stream()
                        .filter(image -> all || !image.isIntermediate())
                        .filter(image -> fits(image, filters))
                        .sorted(Comparator.comparing(
                                        (Image image) -> image.config().created())
                                .reversed())
                        .map(image -> ImageJson.summary(image, users(image).size()))
                        .toList());
    }

    private boolean fits(Image image, Filters filters) {
        boolean dangling = image.names().isEmpty();
        return (!filters.isTrue("dangling") || dangling)
                && (!filters.isFalse("dangling") || !dangling)
                && filters.labels(image.config().labels())
                && filters.any(
                        "reference", pattern -> ImageJson.tags(image).stream().anyMatch(tag -> matches(pattern, tag)))
                && filters.any(
                        "before",
                        other -> find(other)
                                .config()
                                .created()
                                .isAfter(image.config().created()))
                && filters.any(
                        "since",
                        other -> find(other)
                                .config()
                                .created()
                                .isBefore(image.config().created()));
    }

    /** A pattern of path.Match's kind: * is anything but a slash; a missing tag is any. */
    static boolean matches(String pattern, String tag) {
        StringBuilder expression = new StringBuilder();
        for (char one : pattern.toCharArray()) {
            expression.append(
                    switch (one) {
                        case '*' -> "[^/]*";
                        case '?' -> "[^/]";
                        default -> Pattern.quote(String.valueOf(one));
                    });
        }
        int lastSlash = pattern.lastIndexOf('/');
        boolean tagged = pattern.indexOf(':', lastSlash + 1) >= 0;
        return tag.matches(expression + (tagged ? "" : "(:[^/]*)?"));
    }

    private List<ContainerState> users(Image image) {
        return engine.containers().list().stream()
                .filter(state -> state.imageId().equals(image.id()))
                .toList();
    }

    private Image find(String name) {
        return images.find(name).orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "No such image: " + name));
    }

    private void inspect(Exchange exchange) {
        exchange.json(200, ImageJson.inspect(find(exchange.parameter("name"))));
    }

    private void create(Exchange exchange) throws IOException {
        Optional<String> source = exchange.query("fromSrc");
        if (source.isPresent()) {
            archives.importRoot(exchange, source.get());
            return;
        }
        registry.pull(
                exchange,
                exchange.query("fromImage")
                        .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "fromImage must name an image")));
    }

    static Reference reference(String image, Optional<String> tag) {
        if (tag.isEmpty()) {
            return Reference.parse(image);
        }
        return Reference.parse(image + (tag.get().contains(":") ? "@" : ":") + tag.get());
    }

    private void tag(Exchange exchange) {
        Image image = find(exchange.parameter("name"));
        String repository = exchange.query("repo")
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "query parameter repo must name the image"));
        images.tag(image.id(), reference(repository, exchange.query("tag")));
        exchange.empty(201);
    }

    private void remove(Exchange exchange) {
        String name = exchange.parameter("name");
        Image image = find(name);
        boolean force = exchange.flag("force");
        if (!force && image.names().size() <= 1) {
            refuseIfUsed(image, name);
        }
        exchange.json(200, removed(image, name, force));
    }

    /** The store knows layers, which other images may have too; whose container it is, the engine knows. */
    private void refuseIfUsed(Image image, String name) {
        users(image).stream().findFirst().ifPresent(user -> {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "image " + name + " is used by the container " + user.name()
                            + "; remove it first, or force the removal");
        });
    }

    /** Removes a name, or the image with all its names; tells what went. */
    private List<Map<String, Object>> removed(Image before, String name, boolean force) {
        images.remove(name, force);
        Optional<Image> after = images.find(before.id());
        List<Map<String, Object>> report = new ArrayList<>();
        List<String> left = after.map(ImageJson::tags).orElse(List.of());
        for (String tag : ImageJson.tags(before)) {
            if (!left.contains(tag)) {
                report.add(object().with("Untagged", tag).map());
            }
        }
        if (after.isEmpty()) {
            report.add(object().with("Deleted", before.id()).map());
        }
        return report;
    }

    private void prune(Exchange exchange) {
        Filters filters = Filters.parse(exchange.query("filters"), FILTERS);
        boolean all = filters.isFalse("dangling");
        List<Object> deleted = new ArrayList<>();
        Map<String, Long> layers = new HashMap<>();
        for (Image image : images.list()) {
            if (filters.labels(image.config().labels())
                    && (all || image.names().isEmpty())
                    && users(image).isEmpty()) {
                image.layers().forEach(layer -> layers.computeIfAbsent(layer, images::layerBytes));
                deleted.addAll(removed(image, image.id(), true));
            }
        }
        exchange.json(
                200,
                object().with("ImagesDeleted", deleted)
                        .with("SpaceReclaimed", freed(layers))
                        .map());
    }

    /** Bytes of those layers that are gone: others are shared with an image that stays, or in use. */
    private long freed(Map<String, Long> layers) {
        return layers.entrySet().stream()
                .filter(layer -> images.layerBytes(layer.getKey()) == 0)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
