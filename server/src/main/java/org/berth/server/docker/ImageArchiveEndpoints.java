package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState;
import org.berth.engine.Engine;
import org.berth.image.HistoryLine;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Images;
import org.berth.image.Reference;
import org.berth.image.layer.Compression;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;

/** Images as streams, and what they came from: save, load, import, export, commit, history. */
final class ImageArchiveEndpoints {
    private static final String TAR = "application/x-tar";

    private final Engine engine;
    private final Images images;
    private final InstantSource clock;

    ImageArchiveEndpoints(Engine engine, InstantSource clock) {
        this.engine = engine;
        this.images = engine.images();
        this.clock = clock;
    }

    void register(Routes routes) {
        routes.add("GET", "/images/get", exchange -> save(exchange, names(exchange)))
                .add("POST", "/images/load", this::load)
                .add("GET", "/images/{name*}/get", exchange -> save(exchange, List.of(exchange.parameter("name"))))
                .add("GET", "/images/{name*}/history", this::history)
                .add("GET", "/containers/{name}/export", this::export)
                .add("GET", "/containers/{name}/changes", this::changes)
                .add("POST", "/commit", this::commit);
    }

    private static List<String> names(Exchange exchange) {
        List<String> names = exchange.queries("names").stream()
                .flatMap(text -> List.of(text.split(",")).stream())
                .filter(name -> !name.isEmpty())
                .toList();
        if (names.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "query parameter names must name at least one image");
        }
        return names;
    }

    private void save(Exchange exchange, List<String> names) {
        names.forEach(this::find);
        LiveStream stream = exchange.stream(200, TAR);
        try {
            images.save(names, stream);
        } catch (RuntimeException e) {
            stream.abort(); // the client sees that it is cut
            throw e;
        }
        stream.close();
    }

    private Image find(String name) {
        return images.find(name).orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "No such image: " + name));
    }

    private void load(Exchange exchange) throws IOException {
        List<Image> loaded;
        try (InputStream archive = exchange.input()) {
            loaded = images.load(archive, org.berth.base.Progress.SILENT);
        }
        StringBuilder lines = new StringBuilder();
        for (Image image : loaded) {
            List<String> tags = ImageJson.tags(image);
            if (tags.isEmpty()) {
                line(lines, "Loaded image ID: " + image.id());
            }
            tags.forEach(tag -> line(lines, "Loaded image: " + tag));
        }
        exchange.bytes(200, "application/json", lines.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static void line(StringBuilder lines, String text) {
        lines.append(org.berth.base.Json.MAPPER.writeValueAsString(Map.of("stream", text + "\n")))
                .append("\r\n");
    }

    private void history(Exchange exchange) {
        Image image = find(exchange.parameter("name"));
        List<Map<String, Object>> lines = new ArrayList<>();
        for (HistoryLine line : images.history(image.id())) {
            lines.add(object().with("Id", lines.isEmpty() ? image.id() : "<missing>")
                    .with("Created", line.created().getEpochSecond())
                    .with("CreatedBy", line.createdBy())
                    .with("Tags", lines.isEmpty() ? ImageJson.tags(image) : List.of())
                    .with("Size", line.bytes())
                    .with("Comment", "")
                    .map());
        }
        exchange.json(200, lines);
    }

    /** An import, of {@code POST /images/create?fromSrc=-}: one tar of a root becomes an image of one layer. */
    void importRoot(Exchange exchange, String source) throws IOException {
        if (!source.equals("-")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "import from an address is not implemented by Berth: fetch it, and pipe it in");
        }
        ImageConfig config = ConfigChanges.apply(ConfigChanges.EMPTY.at(clock.instant()), exchange.queries("changes"));
        Optional<Reference> name =
                exchange.query("repo").map(repo -> ImageEndpoints.reference(repo, exchange.query("tag")));
        String layer;
        try (InputStream body = exchange.input();
                InputStream tar = Compression.open(body)) {
            layer = images.addLayer(tar, org.berth.base.Progress.SILENT);
        }
        String comment = exchange.query("message").orElse("imported from -");
        Image image = images.create(config, List.of(layer), List.of(comment), name);
        exchange.bytes(
                200,
                "application/json",
                (org.berth.base.Json.MAPPER.writeValueAsString(Map.of("status", image.id())) + "\r\n")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void export(Exchange exchange) {
        ContainerState state = engine.containers().get(exchange.parameter("name"));
        LiveStream stream = exchange.stream(200, TAR);
        try {
            engine.containers().exportRoot(state.id(), stream);
        } catch (RuntimeException e) {
            stream.abort();
            throw e;
        }
        stream.close();
    }

    private void changes(Exchange exchange) {
        ContainerState state = engine.containers().get(exchange.parameter("name"));
        exchange.json(
                200,
                images.changes(state.id()).stream()
                        .map(change -> Map.of(
                                "Path", change.path(), "Kind", change.kind().ordinal()))
                        .toList());
    }

    private void commit(Exchange exchange) {
        ContainerState state = engine.containers()
                .get(exchange.query("container")
                        .orElseThrow(() -> new BerthException(
                                ErrorCode.INVALID, "query parameter container must name a container")));
        Image base = find(state.imageId());
        ImageConfig config =
                ConfigChanges.apply(ConfigChanges.of(base.config()).at(clock.instant()), exchange.queries("changes"));
        String layer = engine.containers().copyLayer(state.id());
        List<String> layers = new ArrayList<>(base.layers());
        layers.add(layer);
        Optional<Reference> name =
                exchange.query("repo").map(repo -> ImageEndpoints.reference(repo, exchange.query("tag")));
        List<String> history = new ArrayList<>();
        images.history(base.id()).reversed().stream()
                .filter(line -> line.layer().isPresent())
                .forEach(line -> history.add(line.createdBy()));
        while (history.size() < base.layers().size()) {
            history.add("");
        }
        history.add(exchange.query("comment").orElse("commit of " + state.name()));
        exchange.json(
                201, Map.of("Id", images.create(config, layers, history, name).id()));
    }
}
