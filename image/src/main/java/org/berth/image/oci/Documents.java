package org.berth.image.oci;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes the image-spec's JSON documents. */
public final class Documents {
    /** Longest manifest or index that is read (what registries take by the distribution-spec). */
    public static final int MANIFEST_BYTES_MAX = 4 << 20;

    /** Longest configuration that is read. */
    public static final int CONFIG_BYTES_MAX = 16 << 20;

    /** Maps have no order of their own. */
    private static final JsonMapper SORTED = Json.MAPPER
            .rebuild()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Documents() {}

    /**
     * Reads a document.
     *
     * @param what for the error: "manifest of docker.io/library/debian:bookworm"
     */
    public static <T> T read(byte[] json, Class<T> type, String what) {
        try {
            T document = Json.MAPPER.readValue(json, type);
            if (document == null) {
                throw new BerthException(ErrorCode.INVALID, what + ": expected a JSON object, got null");
            }
            return document;
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, what + " can't be read: " + e.getOriginalMessage(), e);
        }
    }

    /** The document's bytes; the same document always gives the same. */
    public static byte[] write(Object document) {
        return SORTED.writeValueAsBytes(document);
    }
}
