package org.berth.server.projects;

import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Pushed;
import org.berth.image.Reference;
import org.berth.image.registry.CredentialFile;
import org.berth.image.registry.Credentials;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;
import org.berth.server.registry.PushAccess;
import org.berth.server.registry.RegistryListener;
import tools.jackson.databind.JsonNode;

/** Images and registries, as berth's own commands ask for them. */
final class ImageRequests {
    /** Whether an image is meant for all platforms that it is for, not for this machine's. */
    private static final String ALL_PLATFORMS = "allPlatforms";

    private final Images images;

    ImageRequests(Images images) {
        this.images = images;
    }

    void register(Routes routes) {
        routes.add("POST", "/berth/v1/images/pull", this::pull)
                .add("POST", "/berth/v1/images/push", this::push)
                .add("POST", "/berth/v1/registry", this::serve)
                .add("POST", "/berth/v1/registries/login", this::login)
                .add("POST", "/berth/v1/registries/logout", this::logout);
    }

    private void pull(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        Reference name = Reference.parse(required(body, "name"));
        boolean all = body.path(ALL_PLATFORMS).asBoolean(false);
        WorkStream.runRecallable(exchange, "pull " + name.familiar(), (report, recall) -> {
            Progress progress = report.progress("pull", name.familiar());
            Image image = all
                    ? images.pullAll(name, Optional.empty(), progress)
                    : images.refresh(name, Optional.empty(), progress);
            return Report.Result.image(image.id(), name.familiar());
        });
    }

    private void push(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        Reference name = Reference.parse(required(body, "name"));
        boolean all = body.path(ALL_PLATFORMS).asBoolean(false);
        WorkStream.runRecallable(exchange, "push " + name.familiar(), (report, recall) -> {
            Progress progress = report.progress("push", name.familiar());
            Pushed pushed = all
                    ? images.pushAll(name, Optional.empty(), progress)
                    : images.push(name, Optional.empty(), progress);
            return Report.Result.image(pushed.manifestDigest(), name.familiar());
        });
    }

    /** Serves the images as a registry for as long as the client stays. */
    private void serve(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        PushAccess access = PushAccess.parse(body.path("push").asString("no"));
        Optional<SSLContext> tls = RegistryListener.tls(
                body.path("certificate").asString(""), body.path("key").asString(""));
        try (RegistryListener registry =
                        RegistryListener.open(images.served(), required(body, "address"), access, tls);
                LiveStream stream = exchange.stream(200, "application/x-ndjson")) {
            stream.write(WorkStream.line(new Report.Step(
                    "progress",
                    "serve",
                    registry.name(),
                    "",
                    "serving images" + (tls.isPresent() ? " by TLS: " : ": ") + access.describe(),
                    0,
                    0)));
            stream.gone().join();
        }
    }

    private void login(Exchange exchange) {
        JsonNode body = exchange.body();
        String registry = registry(body);
        Credentials credentials = new Credentials(required(body, "user"), required(body, "password"), "");
        images.registries().check(registry, credentials);
        String kept = images.registries().credentials().store(registry, credentials);
        exchange.json(200, Map.of("registry", registry, "kept", kept));
    }

    private void logout(Exchange exchange) {
        String registry = registry(exchange.body());
        CredentialFile file = images.registries().credentials();
        exchange.json(200, Map.of("registry", registry, "removed", file.erase(registry)));
    }

    private static String registry(JsonNode body) {
        return Reference.parse(required(body, "registry") + "/any").registry();
    }

    private static String required(JsonNode body, String key) {
        String text = body.path(key).asString("");
        if (text.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "\"" + key + "\" must be there and not empty");
        }
        return text;
    }
}
