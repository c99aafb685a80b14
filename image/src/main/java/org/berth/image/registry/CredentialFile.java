package org.berth.image.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.RegistryNames;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The credentials that {@code docker login} and others keep in {@code ~/.docker/config.json}. The file is read at each use:
 * it changes with a login. Helpers that it names are programs, which are not run.
 */
final class CredentialFile {
    private final Path file;

    CredentialFile(Path file) {
        this.file = file;
    }

    /** The credentials for a registry, if the file has them. */
    Optional<Credentials> find(String registry) {
        JsonNode entries = read().path("auths");
        return keys(registry).stream()
                .map(entries::path)
                .filter(JsonNode::isObject)
                .flatMap(entry -> credentials(entry).stream())
                .findFirst();
    }

    /** Whether a helper program may have the credentials that the file itself lacks. */
    boolean namesHelper(String registry) {
        JsonNode config = read();
        return config.has("credsStore") || config.path("credHelpers").has(registry);
    }

    private static List<String> keys(String registry) {
        return registry.equals(RegistryNames.DEFAULT_REGISTRY)
                ? List.of(
                        RegistryNames.DEFAULT_REGISTRY_CREDENTIALS,
                        RegistryNames.DEFAULT_REGISTRY,
                        RegistryNames.LEGACY_DEFAULT_REGISTRY,
                        RegistryNames.DEFAULT_REGISTRY_HOST)
                : List.of(
                        registry,
                        "https://" + registry,
                        "http://" + registry,
                        "https://" + registry + "/v1/",
                        "https://" + registry + "/v2/");
    }

    private Optional<Credentials> credentials(JsonNode entry) {
        String identityToken = entry.path("identitytoken").asString("");
        String user = entry.path("username").asString("");
        String password = entry.path("password").asString("");
        String encoded = entry.path("auth").asString("");
        if (!encoded.isEmpty()) {
            String decoded = decode(encoded);
            int colon = decoded.indexOf(':');
            user = colon < 0 ? decoded : decoded.substring(0, colon);
            password = colon < 0 ? "" : decoded.substring(colon + 1).replaceAll("\0+$", "");
        }
        return user.isEmpty() && identityToken.isEmpty()
                ? Optional.empty()
                : Optional.of(new Credentials(user, password, identityToken));
    }

    private String decode(String encoded) {
        try {
            return new String(Base64.getDecoder().decode(encoded.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, file + ": an \"auth\" in it is not base64; log in anew", e);
        }
    }

    private JsonNode read() {
        try {
            return Json.MAPPER.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Json.MAPPER.createObjectNode();
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, file + " can't be read: " + e.getMessage(), e);
        } catch (JacksonException e) {
            // the parser's own message would quote what is in the file
            throw new BerthException(ErrorCode.INVALID, file + " is not JSON; mend it or log in anew");
        }
    }
}
