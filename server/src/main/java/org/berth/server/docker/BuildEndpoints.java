package org.berth.server.docker;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.builder.BuildOptions;
import org.berth.builder.BuildRequest;
import org.berth.builder.Builder;
import org.berth.builder.cache.CachePlace;
import org.berth.engine.TreeUnpacker;
import org.berth.image.Image;
import org.berth.image.Reference;
import org.berth.image.layer.Compression;
import org.berth.image.layer.TarReader;
import org.berth.linux.path.InRoot;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * {@code docker build} by the classic builder's interface: a tar of the folder comes in, messages go out. BuildKit's, by
 * which buildx builds, is a protocol of its own and refused by its name.
 */
final class BuildEndpoints {
    private static final String BUILDKIT =
            "Berth builds by the classic builder's interface, and has no BuildKit session:"
                    + " set DOCKER_BUILDKIT=0, or use berth build";

    private final Path contexts;
    private final Builder builder;

    BuildEndpoints(Instance instance, Builder builder) {
        this.contexts = instance.root().resolve("builder").resolve("steps");
        this.builder = builder;
    }

    void register(Routes routes) {
        routes.add("POST", "/build", this::build)
                .add("POST", "/session", BuildEndpoints::refuse)
                .add("POST", "/grpc", BuildEndpoints::refuse);
    }

    private static void refuse(Exchange exchange) {
        throw new BerthException(ErrorCode.UNSUPPORTED, BUILDKIT);
    }

    private void build(Exchange exchange) throws IOException {
        if (exchange.query("version").filter("2"::equals).isPresent()) {
            throw new BerthException(ErrorCode.UNSUPPORTED, BUILDKIT);
        }
        exchange.query("remote").filter(text -> !text.isEmpty()).ifPresent(remote -> {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "a build of the address " + remote + " is not supported: fetch it, and build the folder");
        });
        String network = exchange.query("networkmode").orElse("");
        if (!Set.of("", "default", "bridge").contains(network)) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "a build with the network " + network + " is not supported: expected RUN --network=" + network);
        }
        Path folder = contexts.resolve("context-" + UUID.randomUUID());
        try {
            unpack(exchange, folder);
            BuildRequest request = request(exchange, folder);
            boolean quiet = exchange.flag("q");
            try (BuildStream stream = new BuildStream(exchange, quiet)) {
                stream.run(() -> done(stream, builder.build(request, stream), request.tags()));
            }
        } finally {
            remove(folder);
        }
    }

    private static void done(BuildStream stream, Image image, List<String> tags) {
        stream.result(image.id());
        stream.say("Successfully built " + image.id().substring("sha256:".length(), "sha256:".length() + 12));
        tags.forEach(
                tag -> stream.say("Successfully tagged " + Reference.parse(tag).familiar()));
    }

    private static BuildRequest request(Exchange exchange, Path folder) {
        List<String> tags =
                exchange.queries("t").stream().filter(tag -> !tag.isEmpty()).toList();
        BuildOptions options = new BuildOptions(
                exchange.query("platform").filter(text -> !text.isEmpty()),
                exchange.query("pull")
                        .filter(text -> !text.isEmpty() && !text.equals("0"))
                        .isPresent(),
                Map.of(),
                Map.of(),
                Set.of(),
                pairs(exchange, "labels"),
                caches(exchange),
                List.of());
        return new BuildRequest(
                folder,
                Optional.of(dockerfile(exchange)),
                exchange.query("target").filter(text -> !text.isEmpty()),
                pairs(exchange, "buildargs"),
                tags,
                exchange.flag("nocache"),
                true,
                options);
    }

    /** {@code --cache-from}: names in registries. One that is an image, and no cache of Berth's, is warned of and left out. */
    private static List<CachePlace> caches(Exchange exchange) {
        String text = exchange.query("cachefrom").orElse("");
        try {
            JsonNode names = text.isEmpty() ? Json.MAPPER.createArrayNode() : Json.MAPPER.readTree(text);
            return names.valueStream()
                    .map(JsonNode::asString)
                    .filter(name -> !name.isEmpty())
                    .map(CachePlace::from)
                    .toList();
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, "\"cachefrom\" must be a list of names", e);
        }
    }

    private static String dockerfile(Exchange exchange) {
        String name =
                exchange.query("dockerfile").filter(text -> !text.isEmpty()).orElse("Dockerfile");
        Path path = Path.of("/").resolve(name).normalize();
        if (!Path.of(name).isAbsolute() && Path.of(name).normalize().startsWith("..")) {
            throw new BerthException(
                    ErrorCode.INVALID, "the Dockerfile " + name + " must be in the folder that is built");
        }
        return path.toString().substring(1);
    }

    /** Names with values as JSON; a name without a value is one that the client does not have. */
    private static Map<String, String> pairs(Exchange exchange, String name) {
        Map<String, String> pairs = new HashMap<>();
        String text = exchange.query(name).orElse("");
        try {
            JsonNode node = text.isEmpty() ? Json.MAPPER.createObjectNode() : Json.MAPPER.readTree(text);
            node.properties().forEach(entry -> {
                if (entry.getValue().isString()) {
                    pairs.put(entry.getKey(), entry.getValue().stringValue());
                }
            });
            return pairs;
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, "\"" + name + "\" must be an object of texts", e);
        }
    }

    private static void unpack(Exchange exchange, Path folder) {
        try (InputStream input = exchange.input();
                TarReader tar = new TarReader(Compression.open(new BufferedInputStream(input)))) {
            Files.createDirectories(folder);
            try (InRoot root = InRoot.open(folder)) {
                new TreeUnpacker(root, "/", Optional.empty(), Optional.empty()).unpack(tar);
            }
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "the build's folder can't be read: " + e.getMessage(), e);
        }
    }

    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (InRoot root = InRoot.open(folder.resolveSibling("."))) {
            root.removeAll("/" + folder.getFileName());
        } catch (UncheckedIOException e) {
            throw new BerthException(ErrorCode.INTERNAL, "remove " + folder + ": " + e.getMessage(), e);
        }
    }
}
