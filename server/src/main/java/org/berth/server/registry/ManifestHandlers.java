package org.berth.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.oci.Documents;
import org.berth.image.store.Digest;
import org.berth.image.store.StoredManifest;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.registry.RegistryFault.Code;

/** Manifests and indexes: pull, push, delete. */
final class ManifestHandlers {
    private static final String PATH = "/v2/{name*}/manifests/{reference}";
    private static final String DIGEST_HEADER = "Docker-Content-Digest";
    private static final int TAGS_MAX = 100;

    private final ServedRepositories repositories;

    ManifestHandlers(ServedRepositories repositories) {
        this.repositories = repositories;
    }

    void register(Routes routes) {
        routes.add("GET", PATH, this::get)
                .add("HEAD", PATH, this::head)
                .add("PUT", PATH, this::put)
                .add("DELETE", PATH, this::delete);
    }

    private StoredManifest find(Exchange exchange) {
        String name = Names.repository(exchange);
        String reference = exchange.parameter("reference");
        return repositories
                .manifest(name, reference)
                .orElseThrow(() -> new RegistryFault(
                        404, Code.MANIFEST_UNKNOWN, "manifest unknown: " + name + " has no " + reference));
    }

    private void get(Exchange exchange) {
        StoredManifest manifest = find(exchange);
        byte[] content = repositories.content().read(Digest.parse(manifest.digest()), Documents.MANIFEST_BYTES_MAX);
        exchange.with(DIGEST_HEADER, manifest.digest()).bytes(200, manifest.mediaType(), content);
    }

    private void head(Exchange exchange) {
        StoredManifest manifest = find(exchange);
        exchange.with(DIGEST_HEADER, manifest.digest()).head(200, manifest.mediaType(), manifest.size());
    }

    private void put(Exchange exchange) throws IOException {
        String name = Names.repository(exchange);
        String reference = exchange.parameter("reference");
        byte[] content = content(exchange);
        List<String> tags = new ArrayList<>();
        if (Names.isDigest(reference)) {
            Digest expected = Names.digest(reference);
            if (!Digest.of(content).equals(expected)) {
                throw new RegistryFault(
                        400,
                        Code.DIGEST_INVALID,
                        "the manifest's digest is " + Digest.of(content) + ", not " + expected);
            }
            exchange.queries("tag").stream().map(Names::tag).forEach(tags::add);
            if (tags.size() > TAGS_MAX) {
                throw new RegistryFault(414, Code.UNSUPPORTED, "at most " + TAGS_MAX + " tags at once");
            }
        } else {
            tags.add(Names.tag(reference));
        }
        StoredManifest manifest = store(name, content, exchange, tags);
        exchange.with("Location", "/v2/" + name + "/manifests/" + reference).with(DIGEST_HEADER, manifest.digest());
        if (!manifest.subject().isEmpty()) {
            exchange.with("OCI-Subject", manifest.subject());
        }
        if (Names.isDigest(reference)) {
            tags.forEach(tag -> exchange.also("OCI-Tag", tag));
        }
        exchange.empty(201);
    }

    private StoredManifest store(String name, byte[] content, Exchange exchange, List<String> tags) {
        String type =
                exchange.header("Content-Type").orElse("").replaceAll(";.*", "").strip();
        try {
            return repositories.put(name, content, type, tags);
        } catch (BerthException e) {
            String message = String.valueOf(e.getMessage());
            throw switch (e.code()) {
                case NOT_FOUND -> new RegistryFault(404, Code.MANIFEST_BLOB_UNKNOWN, message);
                case INVALID, UNSUPPORTED -> new RegistryFault(400, Code.MANIFEST_INVALID, message);
                default -> e;
            };
        }
    }

    private static byte[] content(Exchange exchange) throws IOException {
        try (InputStream input = exchange.input()) {
            byte[] content = input.readNBytes(Documents.MANIFEST_BYTES_MAX + 1);
            if (content.length > Documents.MANIFEST_BYTES_MAX) {
                throw new RegistryFault(
                        413, Code.SIZE_INVALID, "a manifest has at most " + Documents.MANIFEST_BYTES_MAX + " bytes");
            }
            return content;
        }
    }

    private void delete(Exchange exchange) {
        String name = Names.repository(exchange);
        String reference = exchange.parameter("reference");
        boolean there = Names.isDigest(reference)
                ? repositories.deleteManifest(name, Names.digest(reference))
                : repositories.deleteTag(name, reference);
        if (!there) {
            if (repositories.manifest(name, reference).isPresent()) {
                throw new BerthException(
                        ErrorCode.INVALID, reference + " is an image of this machine: remove it with berth rmi");
            }
            throw new RegistryFault(404, Code.MANIFEST_UNKNOWN, "manifest unknown: " + name + " has no " + reference);
        }
        exchange.empty(202);
    }
}
