package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Pushed;
import org.berth.image.Reference;
import org.berth.image.RegistryNames;
import org.berth.image.registry.Credentials;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** What concerns registries: pull, push, login. */
final class RegistryEndpoints {
    private final Images images;

    RegistryEndpoints(Engine engine) {
        this.images = engine.images();
    }

    void register(Routes routes) {
        routes.add("POST", "/images/{name*}/push", this::push).add("POST", "/auth", this::login);
    }

    /** A pull, of {@code POST /images/create}. */
    void pull(Exchange exchange, String name) {
        ContainerEndpoints.checkPlatform(exchange.query("platform").orElse(""));
        Reference reference = ImageEndpoints.reference(name, exchange.query("tag"));
        Optional<Credentials> credentials = RegistryAuth.of(exchange);
        try (PullStream messages = new PullStream(exchange)) {
            Optional<Image> before = images.find(reference.familiar());
            messages.run(() -> {
                Image image = images.refresh(reference, credentials, messages);
                boolean same = before.map(Image::id).equals(Optional.of(image.id()));
                messages.status("Digest: " + image.manifestDigest());
                messages.status((same ? "Status: Image is up to date for " : "Status: Downloaded newer image for ")
                        + reference.familiar());
            });
        }
    }

    private void push(Exchange exchange) {
        String name = exchange.parameter("name");
        List<Reference> names = names(name, exchange.query("tag"));
        Optional<Credentials> credentials = RegistryAuth.of(exchange);
        try (PullStream messages = new PullStream(exchange)) {
            messages.run(() -> {
                for (Reference reference : names) {
                    messages.status("The push refers to repository [" + reference.registry() + "/"
                            + reference.repository() + "]");
                    Pushed pushed = images.push(reference, credentials, messages);
                    messages.status(reference.tag() + ": digest: " + pushed.manifestDigest() + " size: "
                            + pushed.manifestBytes());
                    messages.result(object().with("Tag", reference.tag())
                            .with("Digest", pushed.manifestDigest())
                            .with("Size", pushed.manifestBytes())
                            .map());
                }
            });
        }
    }

    /** The name with this tag; without one, all that the repository has here. */
    private List<Reference> names(String name, Optional<String> tag) {
        if (tag.isPresent()) {
            return List.of(required(ImageEndpoints.reference(name, tag)));
        }
        Reference repository = Reference.parse(name);
        List<Reference> names = images.list().stream()
                .flatMap(image -> image.names().stream())
                .filter(one -> !one.tag().isEmpty() && one.digest().isEmpty())
                .filter(one -> one.registry().equals(repository.registry())
                        && one.repository().equals(repository.repository()))
                .toList();
        return names.isEmpty() ? List.of(required(repository)) : names;
    }

    private Reference required(Reference name) {
        if (images.find(name.full()).isEmpty()) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, "An image does not exist locally with the tag: " + name.familiar());
        }
        return name;
    }

    private void login(Exchange exchange) {
        JsonNode body = exchange.body();
        Credentials credentials = RegistryAuth.credentials(body);
        String registry = registry(body.path("serveraddress").asString(""));
        images.registries().check(registry, credentials);
        exchange.json(
                200,
                object().with("Status", "Login Succeeded")
                        .with("IdentityToken", "")
                        .map());
    }

    /** The registry that an address of it names, with or without a scheme and a path. */
    static String registry(String address) {
        String host = address.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
        boolean usual = host.isEmpty()
                || host.equals(RegistryNames.LEGACY_DEFAULT_REGISTRY)
                || host.equals(RegistryNames.DEFAULT_REGISTRY_HOST);
        return usual ? RegistryNames.DEFAULT_REGISTRY : host;
    }
}
