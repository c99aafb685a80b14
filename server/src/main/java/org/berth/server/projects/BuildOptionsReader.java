package org.berth.server.projects;

import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.BuildOptions;
import org.berth.builder.BuildOptions.Entitlement;
import org.berth.builder.cache.CachePlace;
import tools.jackson.databind.JsonNode;

/** What a request says of a build besides its folder. */
final class BuildOptionsReader {
    private BuildOptionsReader() {}

    static BuildOptions read(JsonNode body) {
        Map<String, byte[]> secrets = new HashMap<>();
        texts(body, "secrets").forEach((id, content) -> secrets.put(id, decoded(id, content)));
        Map<String, Path> agents = new HashMap<>();
        texts(body, "agents").forEach((id, socket) -> agents.put(id, Path.of(socket)));
        Set<Entitlement> rights = new HashSet<>();
        list(body, "allow").forEach(right -> rights.add(Entitlement.of(right)));
        return new BuildOptions(
                text(body, "platform"),
                body.path("pull").asBoolean(false),
                secrets,
                agents,
                rights,
                texts(body, "labels"),
                list(body, "cacheFrom").stream().map(CachePlace::from).toList(),
                list(body, "cacheTo").stream().map(CachePlace.Export::of).toList());
    }

    private static byte[] decoded(String id, String content) {
        try {
            return Base64.getDecoder().decode(content);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, "secret " + id + " must be in base64", e);
        }
    }

    private static Optional<String> text(JsonNode body, String key) {
        return Optional.of(body.path(key).asString("")).filter(text -> !text.isEmpty());
    }

    private static List<String> list(JsonNode body, String key) {
        return body.path(key).valueStream().map(JsonNode::asString).toList();
    }

    private static Map<String, String> texts(JsonNode body, String key) {
        Map<String, String> texts = new HashMap<>();
        body.path(key)
                .properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asString()));
        return texts;
    }
}
