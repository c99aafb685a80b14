package org.berth.server.registry;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.Json;
import org.berth.image.catalog.ServedRepositories;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.berth.image.store.StoredManifest;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.registry.RegistryFault.Code;

/** What there is: repositories, tags, referrers. */
final class ListingHandlers {
    private static final int PAGE_MAX = 10_000;

    private final ServedRepositories repositories;

    ListingHandlers(ServedRepositories repositories) {
        this.repositories = repositories;
    }

    void register(Routes routes) {
        routes.add("GET", "/v2/_catalog", this::catalog)
                .add("GET", "/v2/{name*}/tags/list", this::tags)
                .add("GET", "/v2/{name*}/referrers/{digest}", this::referrers);
    }

    private void catalog(Exchange exchange) {
        exchange.json(200, Map.of("repositories", page(exchange, repositories.names(), "/v2/_catalog")));
    }

    private void tags(Exchange exchange) {
        String name = Names.repository(exchange);
        List<String> tags = repositories
                .tags(name)
                .orElseThrow(() ->
                        new RegistryFault(404, Code.NAME_UNKNOWN, "repository name not known to registry: " + name));
        List<String> page = page(exchange, tags, "/v2/" + name + "/tags/list");
        exchange.json(200, Map.of("name", name, "tags", page));
    }

    /** Those after {@code last}, {@code n} of them; the way to the next ones goes into the head of the answer. */
    private static List<String> page(Exchange exchange, List<String> sorted, String path) {
        Optional<String> last = exchange.query("last");
        int count = Math.clamp(exchange.number("n").orElse(PAGE_MAX), 0, PAGE_MAX);
        List<String> rest = sorted.stream()
                .filter(name -> last.isEmpty() || name.compareTo(last.get()) > 0)
                .toList();
        List<String> page = rest.subList(0, Math.min(count, rest.size()));
        if (page.size() < rest.size() && !page.isEmpty()) {
            String next = path + "?n=" + count + "&last=" + URLEncoder.encode(page.getLast(), StandardCharsets.UTF_8);
            exchange.with("Link", "<" + next + ">; rel=\"next\"");
        }
        return page;
    }

    private void referrers(Exchange exchange) {
        String name = Names.repository(exchange);
        Digest subject = Names.digest(exchange.parameter("digest"));
        Optional<String> type = exchange.query("artifactType");
        List<Map<String, Object>> manifests = repositories.referrers(name, subject).stream()
                .filter(manifest -> type.isEmpty() || type.get().equals(manifest.artifactType()))
                .map(ListingHandlers::descriptor)
                .toList();
        type.ifPresent(filter -> exchange.with("OCI-Filters-Applied", "artifactType"));
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("schemaVersion", 2);
        index.put("mediaType", MediaTypes.INDEX);
        index.put("manifests", manifests);
        exchange.bytes(200, MediaTypes.INDEX, Json.MAPPER.writeValueAsBytes(index));
    }

    private static Map<String, Object> descriptor(StoredManifest manifest) {
        Map<String, Object> descriptor = new LinkedHashMap<>();
        descriptor.put("mediaType", manifest.mediaType());
        descriptor.put("digest", manifest.digest());
        descriptor.put("size", manifest.size());
        if (!manifest.artifactType().isEmpty()) {
            descriptor.put("artifactType", manifest.artifactType());
        }
        if (!manifest.annotations().isEmpty()) {
            descriptor.put("annotations", manifest.annotations());
        }
        return descriptor;
    }
}
