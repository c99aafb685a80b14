package org.berth.server.docker;

import java.util.LinkedHashMap;
import java.util.Map;

/** Builds JSON objects in the order written. */
final class JsonObject {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    static JsonObject object() {
        return new JsonObject();
    }

    JsonObject with(String key, Object value) {
        fields.put(key, value);
        return this;
    }

    /** Adds all fields of another. */
    JsonObject with(Map<String, Object> others) {
        fields.putAll(others);
        return this;
    }

    /** Adds a field whose value is JSON's null. */
    JsonObject withNull(String key) {
        return withNullable(key);
    }

    @SuppressWarnings("NullAway") // JSON's null is a value on the wire, and lives only here
    private JsonObject withNullable(String key) {
        fields.put(key, null);
        return this;
    }

    /** The object, for the mapper. */
    Map<String, Object> map() {
        return fields;
    }
}
