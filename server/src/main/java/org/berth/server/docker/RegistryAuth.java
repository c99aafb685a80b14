package org.berth.server.docker;

import java.util.Base64;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.registry.Credentials;
import org.berth.server.http.Exchange;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The credentials that docker's clients send along: JSON in base64, in the header X-Registry-Auth. */
final class RegistryAuth {
    private static final String HEADER = "X-Registry-Auth";

    private RegistryAuth() {}

    /** Those of a request; empty when it has none, and the daemon's own are used. */
    static Optional<Credentials> of(Exchange exchange) {
        return exchange.header(HEADER).flatMap(RegistryAuth::decode);
    }

    static Optional<Credentials> decode(String header) {
        try {
            String plain = header.strip().replace('+', '-').replace('/', '_').replace("=", "");
            return Optional.of(credentials(
                            Json.MAPPER.readTree(Base64.getUrlDecoder().decode(plain))))
                    .filter(credentials -> !credentials.isEmpty());
        } catch (IllegalArgumentException | JacksonException e) {
            // neither the header nor the parser's words go into a message: they have the secret
            throw new BerthException(ErrorCode.INVALID, HEADER + " is not JSON in base64");
        }
    }

    /** As docker's clients write them. */
    static Credentials credentials(JsonNode json) {
        return new Credentials(
                json.path("username").asString(""),
                json.path("password").asString(""),
                json.path("identitytoken").asString(""));
    }
}
