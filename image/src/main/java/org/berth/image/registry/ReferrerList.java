package org.berth.image.registry;

import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The list of what refers to a manifest, as clients keep it where the registry doesn't: an index under the tag {@code
 * sha256-HEX} (distribution-spec 1.1, "Referrers Tag Schema"). Pure; what others wrote into it stays as it is.
 */
final class ReferrerList {
    private ReferrerList() {}

    /**
     * The list with one more.
     *
     * @param before the list so far; empty: there is none
     * @param manifest what refers, as it was pushed
     * @return empty when it is in the list already
     * @throws BerthException CONFLICT when what is there is no list
     */
    static Optional<byte[]> with(Optional<JsonNode> before, byte[] manifest, String mediaType) {
        String digest = Digest.of(manifest).toString();
        ObjectNode list = before.map(ReferrerList::checked).orElseGet(ReferrerList::empty);
        for (JsonNode entry : list.path("manifests")) {
            if (entry.path("digest").asString("").equals(digest)) {
                return Optional.empty();
            }
        }
        describe(list.withArray("manifests").addObject(), digest, manifest, mediaType);
        return Optional.of(Json.MAPPER.writeValueAsBytes(list));
    }

    private static ObjectNode checked(JsonNode before) {
        boolean isList = before instanceof ObjectNode
                && before.path("mediaType").asString(MediaTypes.INDEX).equals(MediaTypes.INDEX)
                && before.path("manifests").isArray();
        if (!isList) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "under the tag for lists of referrers there is something else, which is not overwritten");
        }
        return ((ObjectNode) before).deepCopy();
    }

    private static ObjectNode empty() {
        ObjectNode list = Json.MAPPER.createObjectNode();
        list.put("schemaVersion", 2);
        list.put("mediaType", MediaTypes.INDEX);
        list.putArray("manifests");
        return list;
    }

    private static void describe(ObjectNode entry, String digest, byte[] content, String mediaType) {
        JsonNode manifest = Json.MAPPER.readTree(content);
        entry.put("mediaType", mediaType);
        entry.put("digest", digest);
        entry.put("size", content.length);
        String type = manifest.path("artifactType")
                .asString(manifest.path("config").path("mediaType").asString(""));
        if (!type.isEmpty()) {
            entry.put("artifactType", type);
        }
        if (manifest.path("annotations").isObject()) {
            entry.set("annotations", manifest.path("annotations"));
        }
    }
}
