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
import tools.jackson.databind.node.ObjectNode;

/**
 * The credentials that {@code docker login} and others keep in {@code ~/.docker/config.json}, there or with the helper
 * programs that it names. The file is read at each use: it changes with a login.
 */
public final class CredentialFile implements CredentialSource {
    private static final String ENTRIES = "auths";
    private static final String STORE = "credsStore";
    private static final String HELPERS = "credHelpers";

    private final Path file;
    private final String searchPath;

    /** @param searchPath where helpers are looked for: folders separated by colons */
    public CredentialFile(Path file, String searchPath) {
        this.file = file;
        this.searchPath = searchPath;
    }

    /** The file itself. */
    public Path path() {
        return file;
    }

    /** The credentials for a registry: of its helper, else of the file itself. */
    @Override
    public Optional<Credentials> find(String registry) {
        ObjectNode config = read();
        Optional<String> helper = helper(config, registry);
        if (helper.isPresent()) {
            CredentialHelper program = CredentialHelper.of(helper.get(), searchPath);
            Optional<Credentials> kept = keys(registry).stream()
                    .limit(1)
                    .flatMap(key -> program.get(key).stream())
                    .findFirst();
            if (kept.isPresent()) {
                return kept;
            }
        }
        JsonNode entries = config.path(ENTRIES);
        return keys(registry).stream()
                .map(entries::path)
                .filter(JsonNode::isObject)
                .flatMap(entry -> credentials(entry).stream())
                .findFirst();
    }

    /**
     * Keeps credentials as {@code docker login} does: with the registry's helper where one is configured, else in the file.
     *
     * @return where they are now, for people
     */
    public String store(String registry, Credentials credentials) {
        ObjectNode config = read();
        String key = keys(registry).getFirst();
        Optional<String> helper = helper(config, registry);
        ObjectNode entry = Json.MAPPER.createObjectNode();
        if (helper.isPresent()) {
            CredentialHelper.of(helper.get(), searchPath).store(key, credentials);
        } else {
            entry.put(
                    "auth",
                    Base64.getEncoder()
                            .encodeToString((credentials.user() + ":" + credentials.password())
                                    .getBytes(StandardCharsets.UTF_8)));
            if (!credentials.identityToken().isEmpty()) {
                entry.put("identitytoken", credentials.identityToken());
            }
        }
        ObjectNode entries = config.path(ENTRIES) instanceof ObjectNode there ? there : config.putObject(ENTRIES);
        entries.set(key, entry);
        PrivateFile.write(file, Json.pretty().writeValueAsBytes(config));
        return helper.map(name -> "the credential helper " + name).orElse(file.toString());
    }

    /** Forgets a registry's credentials, as {@code docker logout} does. @return whether there were any */
    public boolean erase(String registry) {
        ObjectNode config = read();
        Optional<String> helper = helper(config, registry);
        boolean kept = false;
        if (helper.isPresent()) {
            CredentialHelper program = CredentialHelper.of(helper.get(), searchPath);
            kept = program.get(keys(registry).getFirst()).isPresent();
            program.erase(keys(registry).getFirst());
        }
        if (config.path(ENTRIES) instanceof ObjectNode entries) {
            boolean there = keys(registry).stream().anyMatch(entries::has);
            if (there) {
                entries.remove(keys(registry));
                PrivateFile.write(file, Json.pretty().writeValueAsBytes(config));
            }
            kept |= there;
        }
        return kept;
    }

    /** The registry's own helper, else the one for all. */
    private static Optional<String> helper(JsonNode config, String registry) {
        JsonNode helpers = config.path(HELPERS);
        return keys(registry).stream()
                .map(key -> helpers.path(key).asString(""))
                .filter(name -> !name.isEmpty())
                .findFirst()
                .or(() -> Optional.of(config.path(STORE).asString("")))
                .filter(name -> !name.isEmpty());
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
        return Optional.of(new Credentials(user, password, identityToken))
                .filter(credentials -> !credentials.isEmpty());
    }

    private String decode(String encoded) {
        try {
            return new String(Base64.getDecoder().decode(encoded.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, file + ": an \"auth\" in it is not base64; log in anew", e);
        }
    }

    private ObjectNode read() {
        try {
            return Json.MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode object
                    ? object
                    : Json.MAPPER.createObjectNode();
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
