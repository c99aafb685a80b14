package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What a repository has, and its removal (distribution-spec, "Content discovery" and "Content management"). */
final class Listing {
    private static final int PAGES_MAX = 1000;
    private static final int ENTRIES_MAX = 100_000;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?.*");

    private final Calls calls;

    Listing(Calls calls) {
        this.calls = calls;
    }

    List<String> tags(String action) {
        List<String> tags = new ArrayList<>();
        pages(action, "/tags/list", page -> page.path("tags").forEach(tag -> tags.add(tag.asString(""))), tags);
        return tags;
    }

    List<Referrer> referrers(String action, Digest subject, String artifactType) {
        String query = artifactType.isEmpty() ? "" : "?artifactType=" + encoded(artifactType);
        List<Referrer> referrers = new ArrayList<>();
        try {
            pages(action, "/referrers/" + subject + query, page -> read(page, referrers), referrers);
        } catch (BerthException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            fallback(action, subject).ifPresent(page -> read(page, referrers));
        }
        return referrers.stream()
                .filter(referrer ->
                        artifactType.isEmpty() || referrer.artifactType().equals(artifactType))
                .toList();
    }

    /** The list that clients keep where the registry has none (distribution-spec, "Referrers Tag Schema"). */
    Optional<JsonNode> fallback(String action, Digest subject) {
        HttpRequest.Builder request =
                calls.request("/manifests/" + Repository.fallbackTag(subject)).GET();
        // all types: what else may be there must not look like nothing
        MediaTypes.ACCEPTED_MANIFESTS.forEach(type -> request.header("Accept", type));
        try {
            HttpResponse<InputStream> response = calls.send(action, Access.PULL, request, Set.of(200, 404));
            byte[] content = Transport.beginning(response);
            return response.statusCode() == 200 ? Optional.of(json(action, content)) : Optional.empty();
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }

    private static void read(JsonNode index, List<Referrer> referrers) {
        for (JsonNode entry : index.path("manifests")) {
            BlobDescriptor manifest =
                    Documents.read(Json.MAPPER.writeValueAsBytes(entry), BlobDescriptor.class, "a list of referrers");
            referrers.add(new Referrer(manifest, entry.path("artifactType").asString(""), manifest.annotations()));
        }
    }

    void delete(String action, String path) {
        HttpRequest.Builder request = calls.request(path).DELETE();
        try {
            Transport.beginning(calls.send(action, Access.DELETE, request, Set.of(200, 202, 204)));
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }

    /** Takes a page. */
    private interface Page {
        void take(JsonNode page);
    }

    /** Reads pages for as long as the server names a next one (RFC 8288, Link). */
    private void pages(String action, String path, Page each, List<?> read) {
        Optional<HttpRequest.Builder> next = Optional.of(calls.request(path));
        try {
            for (int page = 0; next.isPresent(); page++) {
                if (page >= PAGES_MAX || read.size() > ENTRIES_MAX) {
                    throw new BerthException(
                            ErrorCode.EXHAUSTED,
                            action + ": " + calls.server() + " has more than " + PAGES_MAX + " pages or " + ENTRIES_MAX
                                    + " entries");
                }
                HttpResponse<InputStream> response =
                        calls.send(action, Access.PULL, next.get().GET(), Set.of(200));
                each.take(json(action, Transport.beginning(response)));
                next = next(response);
            }
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }

    private static Optional<HttpRequest.Builder> next(HttpResponse<?> response) {
        URI from = response.uri();
        return response.headers().allValues("Link").stream()
                .map(NEXT::matcher)
                .filter(Matcher::matches)
                .map(link -> from.resolve(link.group(1)))
                .filter(to -> from.getRawAuthority().equals(to.getRawAuthority()))
                .map(Transport::request)
                .findFirst();
    }

    private JsonNode json(String action, byte[] content) {
        try {
            return Json.MAPPER.readTree(content);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, action + ": " + calls.server() + " did not answer in JSON", e);
        }
    }

    private static String encoded(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8);
    }
}
