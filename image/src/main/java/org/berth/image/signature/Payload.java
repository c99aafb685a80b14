package org.berth.image.signature;

import org.berth.base.Json;
import org.berth.base.JsonTree;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is signed: "simple signing", the form that containers/image and cosign share. */
final class Payload {
    private static final String TYPE = "cosign container image signature";

    private Payload() {}

    /**
     * The text to sign.
     *
     * @param repository "docker.io/library/shop"
     * @param digest the manifest's
     */
    static String of(String repository, String digest) {
        ObjectNode payload = Json.MAPPER.createObjectNode();
        ObjectNode critical = payload.putObject("critical");
        critical.putObject("identity").put("docker-reference", repository);
        critical.putObject("image").put("docker-manifest-digest", digest);
        critical.put("type", TYPE);
        payload.putNull("optional");
        return Json.MAPPER.writeValueAsString(payload);
    }

    /** Whether a text speaks of that image. */
    static boolean isOf(String text, String digest) {
        try {
            JsonNode critical = JsonTree.read(text).path("critical");
            return critical.path("type").asString("").equals(TYPE)
                    && critical.path("image")
                            .path("docker-manifest-digest")
                            .asString("")
                            .equals(digest);
        } catch (JacksonException e) {
            return false;
        }
    }
}
