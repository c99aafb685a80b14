package org.berth.server.docker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads values out of a JSON tree where absent, null and empty mean the same, as in Go's clients. */
final class Tree {
    private Tree() {}

    /** A child; a missing node when there is none. */
    static JsonNode at(JsonNode node, String key) {
        return node.path(key);
    }

    /** A text that isn't empty. */
    static Optional<String> text(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isValueNode()) {
            throw wrong(key, "a text", value);
        }
        return Optional.of(value.asString()).filter(text -> !text.isEmpty());
    }

    static boolean flag(JsonNode node, String key) {
        JsonNode value = node.path(key);
        return value.isBoolean() && value.booleanValue();
    }

    /** A whole number; 0 when there is none. */
    static long number(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        if (!value.isIntegralNumber()) {
            throw wrong(key, "a whole number", value);
        }
        return value.longValue();
    }

    /** A list of texts; a single text counts as a list of one. */
    static Optional<List<String>> texts(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (value.isString()) {
            return Optional.of(List.of(value.stringValue()));
        }
        if (!value.isArray()) {
            throw wrong(key, "a list of texts", value);
        }
        List<String> texts = new ArrayList<>();
        value.forEach(item -> texts.add(item.asString()));
        return Optional.of(List.copyOf(texts));
    }

    /** An object of texts. */
    static Map<String, String> map(JsonNode node, String key) {
        Map<String, String> map = new LinkedHashMap<>();
        node.path(key)
                .properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().asString()));
        return map;
    }

    /** The keys of an object. */
    static List<String> keys(JsonNode node, String key) {
        return List.copyOf(node.path(key).propertyNames());
    }

    /** Whether a value says nothing: absent, null, false, 0, "", [], {}, or only such inside. */
    static boolean isEmpty(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return true;
        }
        if (value.isContainer()) {
            return value.valueStream().allMatch(Tree::isEmpty);
        }
        return value.asString().isEmpty()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isNumber() && value.doubleValue() == 0);
    }

    /** Reads JSON text; INVALID, by its name, when it isn't. */
    static JsonNode parse(String name, String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, name + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static BerthException wrong(String key, String expected, JsonNode value) {
        return new BerthException(ErrorCode.INVALID, key + " must be " + expected + ", not " + value);
    }
}
