package org.berth.server.projects;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.Builder;
import org.berth.builder.sbom.BillOfMaterials;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Reference;
import org.berth.image.attached.AttachedDocuments;
import org.berth.image.signature.KeyPair;
import org.berth.image.signature.Signer;
import org.berth.image.signature.Verifier;
import org.berth.image.store.Digest;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** What an image is made of, who signed it, and what else is attached to it. */
final class TrustEndpoints {
    private final Images images;
    private final Builder builder;

    TrustEndpoints(Images images, Builder builder) {
        this.images = images;
        this.builder = builder;
    }

    void register(Routes routes) {
        routes.add("GET", "/berth/v1/sbom", this::sbom)
                .add("GET", "/berth/v1/attached", this::attached)
                .add("POST", "/berth/v1/keys", this::keys)
                .add("POST", "/berth/v1/images/sign", this::sign)
                .add("POST", "/berth/v1/images/verify", this::verify);
    }

    private void sbom(Exchange exchange) {
        BillOfMaterials bill =
                builder.billOfMaterials(image(exchange.query("image").orElse("")));
        String format = exchange.query("format").orElse("spdx");
        exchange.json(
                200,
                switch (format) {
                    case "spdx" -> bill.spdx();
                    case "cyclonedx" -> bill.cyclonedx();
                    default ->
                        throw new BerthException(
                                ErrorCode.INVALID, "format '" + format + "': expected spdx or cyclonedx");
                });
    }

    private void attached(Exchange exchange) {
        exchange.json(
                200,
                images.attached(image(exchange.query("image").orElse(""))).stream()
                        .map(one -> Map.of(
                                "artifactType", one.artifactType(),
                                "mediaType", one.mediaType(),
                                "annotations", one.annotations(),
                                "content", one.content()))
                        .toList());
    }

    private void keys(Exchange exchange) throws Exception {
        KeyPair pair = KeyPair.generate(exchange.body().path("password").asString(""), new SecureRandom());
        exchange.json(200, Map.of("privateKey", pair.privateKey(), "publicKey", pair.publicKey()));
    }

    private void sign(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        Signer signer =
                Signer.of(body.path("key").asString(""), body.path("password").asString(""));
        if (body.path("registry").asBoolean(false)) {
            signThere(exchange, Reference.parse(body.path("name").asString("")), signer);
            return;
        }
        Image image = image(body.path("name").asString(""));
        List<String> repositories = image.names().stream()
                .map(TrustEndpoints::repository)
                .distinct()
                .toList();
        if (repositories.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, image.id() + " has no name: tag it before it is signed");
        }
        repositories.forEach(repository -> images.attach(image, signer.sign(repository, image.manifestDigest())));
        exchange.json(
                200,
                Map.of(
                        "digest", image.manifestDigest(),
                        "tag", AttachedDocuments.signatureTag(Digest.parse(image.manifestDigest()))));
    }

    /** What the registry has under a name: of an image for several platforms its index, which cosign signs too. */
    private void signThere(Exchange exchange, Reference name, Signer signer) throws Exception {
        String digest = images.remoteDigest(name);
        images.attachThere(name, digest, signer.sign(repository(name), digest));
        exchange.json(200, Map.of("digest", digest, "tag", AttachedDocuments.signatureTag(Digest.parse(digest))));
    }

    private void verify(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        Verifier verifier = Verifier.of(body.path("key").asString(""));
        if (body.path("registry").asBoolean(false)) {
            Reference name = Reference.parse(body.path("name").asString(""));
            String digest = images.remoteDigest(name);
            if (!verifier.accepts(images.attachedThere(name, digest), digest)) {
                throw unsigned(digest);
            }
            exchange.json(200, Map.of("digest", digest));
            return;
        }
        Image image = image(body.path("name").asString(""));
        if (!verifier.accepts(images.attached(image), image.manifestDigest())) {
            images.fetchSignatures(image);
            if (!verifier.accepts(images.attached(image), image.manifestDigest())) {
                throw unsigned(image.manifestDigest());
            }
        }
        exchange.json(200, Map.of("digest", image.manifestDigest()));
    }

    private static BerthException unsigned(String digest) {
        return new BerthException(ErrorCode.UNAUTHORIZED, "no signature of " + digest + " by that key is there");
    }

    private Image image(String name) {
        return images.find(name)
                .orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "there is no image " + name));
    }

    private static String repository(Reference name) {
        return name.registry() + "/" + name.repository();
    }
}
