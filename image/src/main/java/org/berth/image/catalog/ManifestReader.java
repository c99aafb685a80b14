package org.berth.image.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.berth.image.store.StoredManifest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads of a pushed manifest or index what a registry has to know of it. Pure. */
final class ManifestReader {
    private ManifestReader() {}

    /**
     * Reads one.
     *
     * @param contentType what the client calls it; "" for what it calls itself
     * @throws BerthException INVALID when it is no manifest, or is called something else
     */
    static StoredManifest read(byte[] content, String contentType) {
        JsonNode json = json(content);
        String own = json.path("mediaType").asString("");
        String type = contentType.isEmpty() ? own : contentType;
        if (type.isEmpty() || (!own.isEmpty() && !own.equals(type))) {
            throw invalid("it calls itself \"" + own + "\" and is sent as \"" + contentType + "\"");
        }
        boolean index = json.has("manifests");
        boolean manifest = json.has("config") || json.has("layers");
        if (index == manifest) {
            throw invalid("expected either manifests, or config and layers");
        }
        String artifactType = json.path("artifactType").asString("");
        if (artifactType.isEmpty() && manifest) {
            artifactType = json.path("config").path("mediaType").asString("");
        }
        JsonNode subject = json.path("subject");
        return new StoredManifest(
                Digest.of(content).toString(),
                type,
                content.length,
                artifactType,
                subject.isObject() ? digest(subject).toString() : "",
                annotations(json),
                manifest ? blobs(json) : List.of());
    }

    private static List<String> blobs(JsonNode json) {
        List<String> blobs = new ArrayList<>();
        blobs.add(digest(json.path("config")).toString());
        for (JsonNode layer : json.path("layers")) {
            String type = layer.path("mediaType").asString("");
            if (!MediaTypes.isForeign(type)) {
                blobs.add(digest(layer).toString());
            }
        }
        return blobs.stream().distinct().toList();
    }

    private static Digest digest(JsonNode descriptor) {
        return Digest.parse(descriptor.path("digest").asString(""));
    }

    private static Map<String, String> annotations(JsonNode json) {
        Map<String, String> annotations = new HashMap<>();
        json.path("annotations")
                .properties()
                .forEach(entry ->
                        annotations.put(entry.getKey(), entry.getValue().asString("")));
        return annotations;
    }

    private static JsonNode json(byte[] content) {
        try {
            JsonNode json = Json.MAPPER.readTree(content);
            if (json.isObject()) {
                return json;
            }
        } catch (JacksonException e) {
            throw invalid("it is not JSON");
        }
        throw invalid("it is no JSON object");
    }

    private static BerthException invalid(String reason) {
        return new BerthException(ErrorCode.INVALID, "the manifest is not valid: " + reason);
    }
}
