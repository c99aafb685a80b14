package org.berth.image.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What the file {@code /etc/berth/registries.json} says: an object with an entry for each registry,
 *
 * <pre>{"registry.lan:5000": {"mirrors": ["http://10.0.0.1:5000"], "insecure": true, "authority": "/etc/berth/lan.pem"}}</pre>
 *
 * each of whose fields may be left out. Another field is refused by name.
 */
record RegistryFile(Map<String, List<String>> mirrors, Set<String> insecure, Map<String, Path> authorities) {
    /** Mirrors alone, one {@code host=mirror} a line; lines that begin with # are passed over. */
    private static final Path MIRRORS_FILE = Path.of("/etc/berth/registry-mirrors");

    private static final Set<String> FIELDS = Set.of("mirrors", "insecure", "authority");

    /** Reads the file; one that isn't there says nothing. */
    static RegistryFile read(Path file) {
        Map<String, List<String>> mirrors = new TreeMap<>();
        Set<String> insecure = new HashSet<>();
        Map<String, Path> authorities = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : content(file).properties()) {
            JsonNode fields = entry.getValue();
            Endpoint.of(entry.getKey());
            check(file, entry.getKey(), fields);
            List<String> ofThis =
                    fields.path("mirrors").valueStream().map(JsonNode::asString).toList();
            ofThis.forEach(Endpoint::of); // a wrong one is told at the start
            if (!ofThis.isEmpty()) {
                mirrors.put(entry.getKey(), ofThis);
            }
            if (fields.path("insecure").asBoolean(false)) {
                insecure.add(entry.getKey());
            }
            String authority = fields.path("authority").asString("");
            if (!authority.isEmpty()) {
                authorities.put(entry.getKey(), Path.of(authority));
            }
        }
        return new RegistryFile(mirrors, insecure, authorities);
    }

    private static void check(Path file, String registry, JsonNode fields) {
        fields.propertyNames().stream()
                .filter(name -> !FIELDS.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            file + ": " + registry + " has the field \"" + name
                                    + "\", expected mirrors, insecure, authority");
                });
        boolean sound = fields.isObject()
                && (fields.path("mirrors").isMissingNode()
                        || fields.path("mirrors").isArray())
                && (fields.path("insecure").isMissingNode()
                        || fields.path("insecure").isBoolean())
                && (fields.path("authority").isMissingNode()
                        || fields.path("authority").isString());
        if (!sound) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    file + ": " + registry
                            + ": expected {\"mirrors\": [...], \"insecure\": true or false, \"authority\": \"FILE\"}");
        }
    }

    private static JsonNode content(Path file) {
        try {
            if (!Files.exists(file)) {
                return Json.MAPPER.createObjectNode();
            }
            JsonNode content = Json.MAPPER.readTree(Files.readAllBytes(file));
            if (!content.isObject()) {
                throw new BerthException(ErrorCode.INVALID, file + ": expected an object with an entry a registry");
            }
            return content;
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, file + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The lines of the file of mirrors alone. */
    static List<String> mirrorLines() {
        try {
            return Files.isRegularFile(MIRRORS_FILE) ? Files.readAllLines(MIRRORS_FILE) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + MIRRORS_FILE + ": " + e.getMessage(), e);
        }
    }
}
